using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using TaskRunner.Results;

namespace TaskRunner.Database;

/// <summary>The connections of this process to PostgreSQL; safe to share, opened on first use.</summary>
/// <remarks>Nothing here depends on a session, so a pooler in transaction mode may stand in between.</remarks>
[SuppressMessage("Naming", "CA1724:Type names should not match namespaces", Justification = "Npgsql.Internal.Postgres is no namespace that this program imports.")]
public sealed class Postgres : IAsyncDisposable
{
    private readonly NpgsqlDataSource source;

    /// <summary>Prepares the connections; nothing is opened yet.</summary>
    /// <exception cref="FormatException">The options contradict each other; the message says how.</exception>
    public Postgres(DatabaseOptions options)
    {
        Options = options;
        source = Build(options);
    }

    /// <summary>Where the connections lead.</summary>
    public DatabaseOptions Options { get; }

    /// <summary>Asks the server for a sign of life.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; the message says what to check.</exception>
    public Task PingAsync(CancellationToken cancellationToken) => RunAsync(
        static async (connection, stopping) =>
        {
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            return await command.ExecuteScalarAsync(stopping);
        },
        cancellationToken);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    /// <summary>Lends a connection to one piece of work.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer or refused; the message says what to check.</exception>
    internal async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            return await work(connection, cancellationToken);
        }
        catch (Exception e) when (IsOutage(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new DatabaseUnavailableException(PostgresErrors.Explain(e, Options), e);
        }
        catch (Exception e) when (IsOutage(e))
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    // A data error says that one row is wrong, not that the database is away: its caller decides.
    private static bool IsOutage(Exception e) =>
        e is NpgsqlException or SocketException or IOException or TimeoutException or AuthenticationException
        && !PostgresErrors.IsBadData(e);

    private static NpgsqlDataSource Build(DatabaseOptions options)
    {
        var builder = new NpgsqlSlimDataSourceBuilder();
        var settings = builder.ConnectionStringBuilder;
        settings.Host = options.Host;
        settings.Port = options.Port;
        settings.Database = options.Database;
        settings.Username = options.User;
        settings.ApplicationName = "taskrunner";
        settings.Timeout = (int)options.ConnectTimeout.TotalSeconds;
        settings.CommandTimeout = (int)options.CommandTimeout.TotalSeconds;
        settings.CancellationTimeout = 1000;
        settings.MaxPoolSize = options.MaxConnections;
        settings.ConnectionIdleLifetime = 60;
        settings.ConnectionPruningInterval = 10;
        settings.TcpKeepAlive = true;
        settings.MaxAutoPrepare = 0;
        settings.NoResetOnClose = true;
        settings.GssEncryptionMode = GssEncryptionMode.Disable;
        settings.SslMode = ChooseTls(options);
        settings.RootCertificate = options.CaFile;
        builder.EnableArrays();
        if (settings.SslMode != SslMode.Disable)
        {
            builder.EnableTransportSecurity();
        }

        if (options.Password is { } password)
        {
            builder.UsePasswordProvider(_ => password() ?? "", (_, _) => ValueTask.FromResult(password() ?? ""));
        }

        return builder.Build();
    }

    private static SslMode ChooseTls(DatabaseOptions options) => (options.Tls, options.CaFile) switch
    {
        (null, null) or (DatabaseTls.Prefer, null) => SslMode.Prefer,
        (DatabaseTls.Disable, null) => SslMode.Disable,
        (DatabaseTls.Require, null) => SslMode.Require,
        (DatabaseTls.Require or DatabaseTls.VerifyCa, _) => SslMode.VerifyCA,
        (null or DatabaseTls.VerifyFull, _) => SslMode.VerifyFull,
        _ => throw new FormatException("A database CA file is given, but sslmode disable and prefer verify no certificate: use require, verify-ca or verify-full."),
    };
}
