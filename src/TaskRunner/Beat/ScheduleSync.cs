using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Keeps the declared schedules in the database in step with the schedules file, and leaves those made by hand alone.</summary>
public sealed class ScheduleSync(Postgres postgres)
{
    private const long LockKey = 0x7461736b73796e63;

    private const string Remove = $"DELETE FROM taskrunner.schedules WHERE namespace = {Installation.Here} AND source = 'declared' AND declared_by = $2 AND NOT name = ANY($1) RETURNING name";

    private const string Clashes = $"SELECT name FROM taskrunner.schedules WHERE namespace = {Installation.Here} AND (source <> 'declared' OR declared_by <> $2) AND name = ANY($1) ORDER BY name";

    private const string Update = $"""
        UPDATE taskrunner.schedules AS kept
           SET ({ScheduleColumns.Names}, enabled) = ROW({ScheduleColumns.Given}, coalesce(given.enabled, kept.enabled))
          FROM {ScheduleColumns.Table}
         WHERE kept.namespace = {Installation.Here} AND kept.name = given.name AND kept.source = 'declared' AND kept.declared_by = $24
           AND ({ScheduleColumns.Kept}, kept.enabled) IS DISTINCT FROM ({ScheduleColumns.Given}, coalesce(given.enabled, kept.enabled))
        RETURNING kept.name
        """;

    private const string Insert = $"""
        INSERT INTO taskrunner.schedules (namespace, name, enabled, source, declared_by, {ScheduleColumns.Names})
        SELECT {Installation.Here}, given.name, coalesce(given.enabled, true), 'declared', $24, {ScheduleColumns.Given}
          FROM {ScheduleColumns.Table}
        ON CONFLICT (namespace, name) DO NOTHING
        RETURNING name
        """;

    /// <summary>Adds, changes and removes declared schedules, all or nothing; any number of beats may do it at the same time.</summary>
    /// <exception cref="ScheduleFileException">A name is taken by a schedule made by hand, or the database refuses a value.</exception>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<ScheduleSyncReport> ApplyAsync(IReadOnlyList<ScheduleDeclaration> declarations, CancellationToken cancellationToken) =>
        ApplyAsync(new DeclaredSet(declarations), cancellationToken);

    /// <summary>The same for a set with a source and a version; does nothing when another set of that source is to stay in force.</summary>
    /// <exception cref="ScheduleFileException">A name is taken by a schedule made by hand or by another source, or the database refuses a value.</exception>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    internal async Task<ScheduleSyncReport> ApplyAsync(DeclaredSet set, CancellationToken cancellationToken)
    {
        try
        {
            return await postgres.HereAsync((here, stopping) => ApplyAsync(here, set, stopping), cancellationToken);
        }
        catch (PostgresException e) when (e.ConstraintName == "schedules_name_key")
        {
            throw new ScheduleFileException(["another installation on this database has schedules of the same names: run 'taskrunner migrate' as the owner of the tables, with the namespace of this one"]);
        }
        catch (PostgresException e) when (PostgresErrors.IsBadData(e))
        {
            throw new ScheduleFileException([$"the database refuses it: {e.MessageText}"]);
        }
    }

    /// <summary>What of a set is in force now; null when it is the set itself.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    internal Task<string?> ReplacedByAsync(DeclaredSet set, CancellationToken cancellationToken) => postgres.HereAsync(
        async (here, stopping) =>
        {
            await using var command = new NpgsqlCommand(here.Sql(DeclaredSet.Other), here.Connection) { Parameters = { new() { Value = set.Source }, new() { Value = set.Fingerprint } } };
            return await command.ExecuteScalarAsync(stopping) as string;
        },
        cancellationToken);

    private static async Task<ScheduleSyncReport> ApplyAsync(Here here, DeclaredSet set, CancellationToken stopping)
    {
        var names = set.Schedules.Select(declaration => declaration.Name).ToArray();
        await using var transaction = await here.Connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
        await using var wait = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", here.Connection) { Parameters = { new() { Value = LockKey } } };
        await wait.ExecuteNonQueryAsync(stopping);
        if (await YieldsToAsync(here, set, stopping) is { } other)
        {
            return new ScheduleSyncReport([], [], []) { YieldsTo = other };
        }

        NpgsqlBatchCommand OfNames(string sql) => new(here.Sql(sql)) { Parameters = { new() { Value = names }, new() { Value = set.Source } } };
        NpgsqlBatchCommand OfRows(string sql)
        {
            var command = ScheduleColumns.Bind(new NpgsqlBatchCommand(here.Sql(sql)), set.Schedules);
            command.Parameters.Add(new() { Value = set.Source });
            return command;
        }

        var removed = await NamesAsync(here, OfNames(Remove), stopping);
        var updated = await NamesAsync(here, OfRows(Update), stopping);
        var added = await NamesAsync(here, OfRows(Insert), stopping);

        // Asked last, so that a schedule made by hand in this very moment is seen.
        var clashes = await NamesAsync(here, OfNames(Clashes), stopping);
        if (clashes.Count > 0)
        {
            throw new ScheduleFileException([.. clashes.Select(name => $"schedules.{name}: a schedule of that name was made by hand, or is declared elsewhere; rename or delete one of the two")]);
        }

        await using var enforce = new NpgsqlBatch(here.Connection);
        foreach (var sql in new[] { DeclaredSet.Retire, DeclaredSet.Enforce })
        {
            enforce.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(sql))
            {
                Parameters = { new() { Value = set.Source }, new() { Value = set.Fingerprint }, new() { Value = set.Version }, new() { Value = set.Program } },
            });
        }

        await enforce.ExecuteNonQueryAsync(stopping);
        await transaction.CommitAsync(stopping);
        return new ScheduleSyncReport(added, updated, removed);
    }

    private static async Task<string?> YieldsToAsync(Here here, DeclaredSet set, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(DeclaredSet.Stronger), here.Connection)
        {
            Parameters = { new() { Value = set.Source }, new() { Value = set.Fingerprint }, new() { Value = set.Version } },
        };
        return await command.ExecuteScalarAsync(stopping) as string;
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(Here here, NpgsqlBatchCommand command, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection) { BatchCommands = { command } };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        var names = new List<string>();
        while (await reader.ReadAsync(stopping))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }
}
