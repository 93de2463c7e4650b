using System.Diagnostics.CodeAnalysis;
using Npgsql;
using TaskRunner.Results;

namespace TaskRunner.Database;

/// <summary>Brings the schema <c>taskrunner</c> forward to what this program needs; any number may run at the same time.</summary>
public sealed class Migrator
{
    // Any constant serves, as long as every version of the program takes the same one.
    private const long LockKey = 0x7461736b72756e72;

    private const string Bootstrap = """
        CREATE TABLE IF NOT EXISTS taskrunner.migrations (
            version    integer     PRIMARY KEY,
            name       text        NOT NULL,
            checksum   text        NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """;

    // A waiting migrator must outlast the one that works, whatever limits the role has.
    private const string WaitForOthers = "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)";

    // Everybody queues behind a statement that waits for a table, so that it must not wait for long.
    private const string HurryForTables = "SELECT set_config('lock_timeout', '2s', true)";

    private static readonly TimeSpan StatementTimeout = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Postgres postgres;
    private readonly IReadOnlyList<Migration> known;

    public Migrator(Postgres postgres)
        : this(postgres, Migration.All)
    {
    }

    internal Migrator(Postgres postgres, IReadOnlyList<Migration> known)
    {
        this.postgres = postgres;
        this.known = known;
    }

    /// <summary>How long to try for tables that others hold locks on; afterwards a step is given up.</summary>
    internal TimeSpan Patience { get; init; } = StatementTimeout;

    /// <summary>Measures that time.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told once, in a sentence, that tables are held by others and are waited for.</summary>
    internal Func<string, Task> Tell { get; init; } = static _ => Task.CompletedTask;

    /// <summary>Applies what is missing, each step in a transaction of its own.</summary>
    /// <returns>The steps that this call applied, as <c>0001_name</c>; none when the schema was current.</returns>
    /// <exception cref="MigrationException">A step changed after it was applied, the database is newer than the program, or others hold locks on its tables for too long.</exception>
    /// <exception cref="DatabaseUnavailableException">The database did not answer or refused; the message says what to check.</exception>
    public async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken)
    {
        var applied = new List<string>();
        var started = Time.GetTimestamp();
        for (var isTold = false; ;)
        {
            try
            {
                if (await postgres.RunAsync(ApplyNextAsync, cancellationToken) is not { } migration)
                {
                    return applied;
                }

                applied.Add(migration.FullName);
                continue;
            }
            catch (DatabaseUnavailableException e) when (IsHeld(e))
            {
                if (Time.GetElapsedTime(started) >= Patience)
                {
                    throw new MigrationException(await SayHeldAsync(cancellationToken), e);
                }

                if (!isTold)
                {
                    await Tell($"Other sessions of database '{postgres.Options.Database}' hold locks on the tables; migrate lets them work and tries again for up to {Patience.TotalMinutes:0} minutes.");
                    isTold = true;
                }
            }

            await Task.Delay(Pause, Time, cancellationToken);
        }
    }

    /// <summary>Says whether the schema has everything that this program needs; a newer one has it too.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer or refused; the message says what to check.</exception>
    public async Task<bool> IsCurrentAsync(CancellationToken cancellationToken) => (await PendingAsync(cancellationToken)).Count == 0;

    /// <summary>Names the steps that are missing.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer or refused; the message says what to check.</exception>
    public async Task<IReadOnlyList<string>> PendingAsync(CancellationToken cancellationToken)
    {
        var recorded = await postgres.RunAsync(
            async (connection, stopping) => await ExistsAsync(connection, stopping) ? await ReadRecordedAsync(connection, stopping) : [],
            cancellationToken);
        return [.. known.Where(migration => !recorded.ContainsKey(migration.Version)).Select(migration => migration.FullName)];
    }

    private static bool IsHeld(DatabaseUnavailableException e) =>
        e.InnerException is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected };

    private async Task<string> SayHeldAsync(CancellationToken cancellationToken) =>
        $"Migration {string.Join(", ", (await PendingAsync(cancellationToken)).Take(1))} got no lock on its tables in database '{postgres.Options.Database}' within {Patience.TotalMinutes:0} minutes, "
        + "as other sessions hold them: end the pg_dump or the open transaction that pg_locks and pg_stat_activity show, or wait for its end, and run taskrunner migrate again.";

    private string Sql(string text) => Installation.InSchema(text, postgres.Options.Schema);

    private async Task<Migration?> ApplyNextAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
        await ExecuteAsync(connection, WaitForOthers, stopping);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey})", stopping);
        await ExecuteAsync(connection, HurryForTables, stopping);
        await CreateSchemaAsync(connection, stopping);
        var recorded = await ReadRecordedAsync(connection, stopping);
        Verify(recorded);
        var next = known.FirstOrDefault(migration => !recorded.ContainsKey(migration.Version));
        if (next is not null)
        {
            await ApplyAsync(connection, next, stopping);
        }

        await transaction.CommitAsync(stopping);
        return next;
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken stopping)
    {
        await ExecuteAsync(connection, Sql(migration.Sql), stopping);
        await using var record = new NpgsqlCommand(Sql("INSERT INTO taskrunner.migrations (version, name, checksum) VALUES ($1, $2, $3)"), connection);
        record.Parameters.Add(new() { Value = migration.Version });
        record.Parameters.Add(new() { Value = migration.Name });
        record.Parameters.Add(new() { Value = migration.Checksum });
        await record.ExecuteNonQueryAsync(stopping);
    }

    private void Verify(Dictionary<int, (string Name, string Checksum)> recorded)
    {
        foreach (var (version, (name, checksum)) in recorded.OrderBy(pair => pair.Key))
        {
            var migration = known.FirstOrDefault(migration => migration.Version == version)
                ?? throw new MigrationException(
                    $"The database is newer than this program: migration {version:0000}_{name} was applied, and this program knows up to {known[^1].Version:0000}; run the version that applied it or a later one.");
            if (migration.Checksum != checksum)
            {
                throw new MigrationException(
                    $"Migration {migration.FullName} was changed after it was applied (recorded checksum {checksum[..Math.Min(12, checksum.Length)]}, this program has {migration.Checksum[..12]}); run the version that applied it.");
            }
        }
    }

    // Asking first spares a user without CREATE on the database when an administrator made the schema.
    private async Task CreateSchemaAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(Sql("SELECT to_regnamespace('taskrunner') IS NOT NULL"), connection);
        if (await command.ExecuteScalarAsync(stopping) is not true)
        {
            await ExecuteAsync(connection, $"CREATE SCHEMA {postgres.Options.Schema}", stopping);
        }

        if (!await ExistsAsync(connection, stopping))
        {
            await ExecuteAsync(connection, Sql(Bootstrap), stopping);
        }
    }

    private async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(Sql("SELECT to_regclass('taskrunner.migrations') IS NOT NULL"), connection);
        return await command.ExecuteScalarAsync(stopping) is true;
    }

    private async Task<Dictionary<int, (string Name, string Checksum)>> ReadRecordedAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        var recorded = new Dictionary<int, (string, string)>();
        await using var command = new NpgsqlCommand(Sql("SELECT version, name, checksum FROM taskrunner.migrations"), connection);
        await using var reader = await command.ExecuteReaderAsync(stopping);
        while (await reader.ReadAsync(stopping))
        {
            recorded.Add(reader.GetInt32(0), (reader.GetString(1), reader.GetString(2)));
        }

        return recorded;
    }

    [SuppressMessage("Security", "CA2100:Review SQL queries for security vulnerabilities", Justification = "The text is a constant or a migration embedded in this assembly.")]
    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.CommandTimeout = (int)StatementTimeout.TotalSeconds;
        await command.ExecuteNonQueryAsync(stopping);
    }
}
