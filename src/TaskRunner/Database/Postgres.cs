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
    private readonly NpgsqlMultiHostDataSource? hosts;

    /// <summary>Prepares the connections; nothing is opened yet.</summary>
    /// <exception cref="FormatException">The options contradict each other; the message says how.</exception>
    public Postgres(DatabaseOptions options)
    {
        Options = options;
        var builder = Prepare(options);
        if (options.OtherHosts.Count == 0)
        {
            source = builder.Build();
            return;
        }

        hosts = builder.BuildMultiHost();
        source = options.NeedsPrimary ? hosts.WithTargetSession(TargetSessionAttributes.ReadWrite) : hosts;
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

    /// <summary>
    /// Asks whether the database takes writes. Where it does not, pooled connections are dropped: what is asked next finds a server that has taken over meanwhile, or a
    /// role that may write again.
    /// </summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; the message says what to check.</exception>
    internal async Task<bool> TakesWritesAsync(CancellationToken cancellationToken)
    {
        var takesThem = await RunAsync(
            static async (connection, stopping) =>
            {
                await using var command = new NpgsqlCommand("SELECT current_setting('transaction_read_only') = 'off'", connection);
                return await command.ExecuteScalarAsync(stopping) is true;
            },
            cancellationToken);
        if (!takesThem)
        {
            Forget();
        }

        return takesThem;
    }

    public ValueTask DisposeAsync() => hosts?.DisposeAsync() ?? source.DisposeAsync();

    /// <summary>Lends a connection to one piece of work.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer or refused; the message says what to check.</exception>
    internal async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            RefuseEncoding(connection);
            return await work(connection, cancellationToken);
        }
        catch (Exception e) when (IsOutage(e) && !cancellationToken.IsCancellationRequested)
        {
            if (PostgresErrors.SpoilsConnections(e))
            {
                Forget();
            }

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

    /// <summary>
    /// Closes what is in the pool: connections to a server that changed its role keep what they were opened with, and a pool that is used all the time never
    /// lets them go by itself.
    /// </summary>
    private void Forget()
    {
        hosts?.ClearDatabaseStates();
        ((NpgsqlDataSource?)hosts ?? source).Clear();
    }

    private void RefuseEncoding(NpgsqlConnection connection)
    {
        if (!Options.AnyEncoding && connection.PostgresParameters.TryGetValue("server_encoding", out var encoding) && encoding != "UTF8")
        {
            throw new DatabaseUnavailableException(
                $"Database '{Options.Database}' at {Options.Address} has the encoding {encoding}, and it must be UTF8: create it with ENCODING 'UTF8' TEMPLATE template0.");
        }
    }

    private static NpgsqlSlimDataSourceBuilder Prepare(DatabaseOptions options)
    {
        if (DatabaseEncryption.Contradictions(options).Select(found => $"The database's {found.Option} {found.Mistake}").ToList() is { Count: > 0 } mistakes)
        {
            throw new FormatException(string.Join('\n', mistakes));
        }

        var builder = new NpgsqlSlimDataSourceBuilder();
        var settings = builder.ConnectionStringBuilder;
        settings.Host = options.OtherHosts.Count == 0 ? options.Host : options.Address;
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
        foreach (var (name, value) in options.Driver)
        {
            settings[name] = value;
        }

        builder.EnableArrays();

        // Else each program begins by reading all types of the database, its neighbours' too. What we keep has none but PostgreSQL's own.
        builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));
        Encrypt(builder, options);
        if (options.Password is { } password)
        {
            builder.UsePasswordProvider(_ => password() ?? "", (_, _) => ValueTask.FromResult(password() ?? ""));
        }

        return builder;
    }

    // The driver is only told whether to encrypt; who is trusted is decided here, because the driver's refusals name no cause.
    private static void Encrypt(NpgsqlSlimDataSourceBuilder builder, DatabaseOptions options)
    {
        builder.ConnectionStringBuilder.SslMode = DatabaseEncryption.Mode(options) switch
        {
            DatabaseTls.Disable => SslMode.Disable,
            DatabaseTls.Allow => SslMode.Allow,
            DatabaseTls.Prefer => SslMode.Prefer,
            _ => SslMode.Require,
        };
        if (builder.ConnectionStringBuilder.SslMode != SslMode.Disable)
        {
            builder.EnableTransportSecurity();
            builder.UseSslClientAuthenticationOptionsCallback(handshake => DatabaseEncryption.SetUp(handshake, options));
        }
    }
}
