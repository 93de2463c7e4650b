using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Keeps the declared schedules in the database in step with the schedules file, and leaves those made by hand alone.</summary>
public sealed class ScheduleSync(Postgres postgres)
{
    private const long LockKey = 0x7461736b73796e63;

    private const string Own = $"taskrunner.schedules WHERE namespace = {Installation.Here} AND source = 'declared' AND declared_by = $2";

    private const string Superfluous = $"SELECT name FROM {Own} AND NOT name = ANY($1)";

    private const string Remove = $"DELETE FROM {Own} AND name = ANY($1) RETURNING name";

    private const string Absent = $"""
        SELECT given.name FROM unnest($1::text[]) AS given (name)
         WHERE $2::text IS NOT NULL
           AND NOT EXISTS (SELECT FROM taskrunner.schedules AS kept WHERE kept.namespace = {Installation.Here} AND kept.name = given.name)
        """;

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
    /// <param name="set">The schedules.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <param name="isPatient">
    /// Whether a row that a trigger or a constraint refuses is left out and reported, and all others applied.
    /// </param>
    /// <exception cref="ScheduleFileException">A name is taken by a schedule made by hand or by another source, or the database refuses a value.</exception>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    internal async Task<ScheduleSyncReport> ApplyAsync(DeclaredSet set, CancellationToken cancellationToken, bool isPatient = false)
    {
        try
        {
            return await postgres.HereAsync((here, stopping) => ApplyAsync(here, set, isPatient, stopping), cancellationToken);
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

    private static async Task<ScheduleSyncReport> ApplyAsync(Here here, DeclaredSet set, bool isPatient, CancellationToken stopping)
    {
        var names = set.Schedules.Select(declaration => declaration.Name).ToArray();
        await using var transaction = await here.Connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
        await using var wait = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", here.Connection) { Parameters = { new() { Value = LockKey } } };
        await wait.ExecuteNonQueryAsync(stopping);
        if (await YieldsToAsync(here, set, stopping) is { } other)
        {
            return new ScheduleSyncReport([], [], []) { YieldsTo = other };
        }

        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        NpgsqlBatchCommand OfNames(string sql, IReadOnlyList<string> some) =>
            new(here.Sql(sql)) { Parameters = { new() { Value = some.ToArray() }, new() { Value = set.Source } } };
        NpgsqlBatchCommand OfRows(string sql, IReadOnlyList<ScheduleDeclaration> some)
        {
            var command = ScheduleColumns.Bind(new NpgsqlBatchCommand(here.Sql(sql)), some);
            command.Parameters.Add(new() { Value = set.Source });
            return command;
        }

        Task<IReadOnlyList<string>> WriteAsync<T>(
            IReadOnlyList<T> rows, Func<IReadOnlyList<T>, NpgsqlBatchCommand> command, Func<T, string> name) =>
            isPatient ? WriteEachAsync(here, rows, command, name, refused, stopping) : NamesAsync(here, command(rows), stopping);

        var superfluous = await NamesAsync(here, OfNames(Superfluous, names), stopping);
        var removed = superfluous.Count > 0 ? await WriteAsync(superfluous, some => OfNames(Remove, some), name => name) : [];
        var updated = await WriteAsync(set.Schedules, some => OfRows(Update, some), schedule => schedule.Name);
        var added = await WriteAsync(set.Schedules, some => OfRows(Insert, some), schedule => schedule.Name);
        foreach (var name in isPatient ? await NamesAsync(here, OfNames(Absent, names), stopping) : [])
        {
            refused.TryAdd(name, "a trigger, a rule or a policy of the database drops it");
        }

        // Asked last, so that a schedule made by hand in this very moment is seen.
        var clashes = await NamesAsync(here, OfNames(Clashes, names), stopping);
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
        return new ScheduleSyncReport(added, updated, removed) { Refused = refused };
    }

    /// <summary>Writes rows behind a savepoint, and pieces of them where the database refuses, until the refused row is alone.</summary>
    private static async Task<IReadOnlyList<string>> WriteEachAsync<T>(
        Here here,
        IReadOnlyList<T> rows,
        Func<IReadOnlyList<T>, NpgsqlBatchCommand> command,
        Func<T, string> name,
        Dictionary<string, string> refused,
        CancellationToken stopping)
    {
        try
        {
            await ExecuteAsync(here, "SAVEPOINT declared_rows", stopping);
            var names = await NamesAsync(here, command(rows), stopping);
            await ExecuteAsync(here, "RELEASE SAVEPOINT declared_rows", stopping);
            return names;
        }
        catch (Exception e) when (RowFault.IsRefusal(e) && !RowFault.IsPassing(e) && !IsMistake(e))
        {
            await ExecuteAsync(here, "ROLLBACK TO SAVEPOINT declared_rows; RELEASE SAVEPOINT declared_rows", stopping);
            if (rows.Count == 1)
            {
                refused[name(rows[0])] = RowFault.Text(e);
                return [];
            }

            var half = rows.Count / 2;
            return
            [
                .. await WriteEachAsync(here, [.. rows.Take(half)], command, name, refused, stopping),
                .. await WriteEachAsync(here, [.. rows.Skip(half)], command, name, refused, stopping),
            ];
        }
    }

    // A value that no row could have is a mistake in the file; and names that another installation has need a migration.
    private static bool IsMistake(Exception e) =>
        e is PostgresException refused
        && (refused.ConstraintName == "schedules_name_key"
            || (refused.SqlState.StartsWith("22", StringComparison.Ordinal) && string.IsNullOrEmpty(refused.Where)));

    private static async Task ExecuteAsync(Here here, string sql, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(sql, here.Connection);
        await command.ExecuteNonQueryAsync(stopping);
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
