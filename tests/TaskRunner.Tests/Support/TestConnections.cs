using System.Collections.Concurrent;
using Npgsql;

namespace TaskRunner.Tests.Support;

/// <summary>The connections over which tests act behind the program's back, as the user that owns everything.</summary>
/// <remarks>
/// Tests poll, and a new connection costs many times what an answer does. A connection to a test's own database is closed soon; those to
/// "postgres", from which all databases are made, stay open.
/// </remarks>
internal sealed class TestConnections : IAsyncDisposable
{
    /// <summary>Npgsql's name for types that it has not loaded.</summary>
    private const string NotLoaded = "-.-";

    private readonly ConcurrentDictionary<(string Host, int Port, string Database), NpgsqlDataSource> sources = new();

    /// <summary>Runs a statement and returns its first value; again, when it met a transaction of the program.</summary>
    public async Task<object?> ExecuteAsync(string host, int port, string database, string sql)
    {
        while (true)
        {
            try
            {
                return await ExecuteOnceAsync(sources.GetOrAdd((host, port, database), static key => Open(key)), sql);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected)
            {
                // Nothing of it has happened.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in sources.Values)
        {
            await source.DisposeAsync();
        }
    }

    private static NpgsqlDataSource Open((string Host, int Port, string Database) to)
    {
        var builder = new NpgsqlDataSourceBuilder();
        var settings = builder.ConnectionStringBuilder;
        settings.Host = to.Host;
        settings.Port = to.Port;
        settings.Database = to.Database;
        settings.Username = PostgresServer.User;
        settings.Password = PostgresServer.Password;
        settings.SslMode = SslMode.Disable;
        settings.ConnectionIdleLifetime = to.Database == "postgres" ? 60 : 1;
        settings.ConnectionPruningInterval = 1;
        builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));
        return builder.Build();
    }

    // A pooled connection may have been ended while it was idle; then the statement has not run.
    private static async Task<object?> ExecuteOnceAsync(NpgsqlDataSource source, string sql)
    {
        try
        {
            return await RunAsync(source, sql);
        }
        catch (NpgsqlException e) when (IsCut(e))
        {
            source.Clear();
            return await RunAsync(source, sql);
        }
    }

    private static async Task<object?> RunAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 300;
        await using var rows = await command.ExecuteReaderAsync();
        var value = !await rows.ReadAsync() || rows.FieldCount == 0 ? null
            : rows.GetDataTypeName(0) == NotLoaded ? "(not read: no type of PostgreSQL's own, or none that has values)"
            : rows.GetValue(0);

        // A later statement may fail, and is only heard of when its result is read.
        while (await rows.NextResultAsync())
        {
        }

        return value is DBNull ? null : value;
    }

    private static bool IsCut(NpgsqlException e) => e is PostgresException refused
        ? refused.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
        : e.InnerException is not TimeoutException;
}
