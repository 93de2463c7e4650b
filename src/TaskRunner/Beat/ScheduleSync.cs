using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Keeps the declared schedules in the database in step with the schedules file, and leaves those made by hand alone.</summary>
public sealed class ScheduleSync(Postgres postgres)
{
    private const long LockKey = 0x7461736b73796e63;

    private const string Remove = "DELETE FROM taskrunner.schedules WHERE source = 'declared' AND NOT name = ANY($1) RETURNING name";

    private const string Clashes = "SELECT name FROM taskrunner.schedules WHERE source <> 'declared' AND name = ANY($1) ORDER BY name";

    private const string Update = $"""
        UPDATE taskrunner.schedules AS kept
           SET ({ScheduleColumns.Names}, enabled) = ROW({ScheduleColumns.Given}, coalesce(given.enabled, kept.enabled))
          FROM {ScheduleColumns.Table}
         WHERE kept.name = given.name AND kept.source = 'declared'
           AND ({ScheduleColumns.Kept}, kept.enabled) IS DISTINCT FROM ({ScheduleColumns.Given}, coalesce(given.enabled, kept.enabled))
        RETURNING kept.name
        """;

    private const string Insert = $"""
        INSERT INTO taskrunner.schedules (name, enabled, source, {ScheduleColumns.Names})
        SELECT given.name, coalesce(given.enabled, true), 'declared', {ScheduleColumns.Given}
          FROM {ScheduleColumns.Table}
        ON CONFLICT (name) DO NOTHING
        RETURNING name
        """;

    /// <summary>Adds, changes and removes declared schedules, all or nothing; any number of beats may do it at the same time.</summary>
    /// <exception cref="ScheduleFileException">A name is taken by a schedule made by hand, or the database refuses a value.</exception>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public async Task<ScheduleSyncReport> ApplyAsync(IReadOnlyList<ScheduleDeclaration> declarations, CancellationToken cancellationToken)
    {
        try
        {
            return await postgres.RunAsync((connection, stopping) => ApplyAsync(connection, declarations, stopping), cancellationToken);
        }
        catch (PostgresException e) when (PostgresErrors.IsBadData(e))
        {
            throw new ScheduleFileException([$"the database refuses it: {e.MessageText}"]);
        }
    }

    private static async Task<ScheduleSyncReport> ApplyAsync(NpgsqlConnection connection, IReadOnlyList<ScheduleDeclaration> declarations, CancellationToken stopping)
    {
        var names = declarations.Select(declaration => declaration.Name).ToArray();
        await using var transaction = await connection.BeginTransactionAsync(stopping);
        await using var wait = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection) { Parameters = { new() { Value = LockKey } } };
        await wait.ExecuteNonQueryAsync(stopping);
        var removed = await NamesAsync(connection, new(Remove) { Parameters = { new() { Value = names } } }, stopping);
        var updated = await NamesAsync(connection, ScheduleColumns.Bind(new(Update), declarations), stopping);
        var added = await NamesAsync(connection, ScheduleColumns.Bind(new(Insert), declarations), stopping);

        // Asked last, so that a schedule made by hand in this very moment is seen.
        var clashes = await NamesAsync(connection, new(Clashes) { Parameters = { new() { Value = names } } }, stopping);
        if (clashes.Count > 0)
        {
            throw new ScheduleFileException([.. clashes.Select(name => $"schedules.{name}: a schedule of that name was made by hand; rename or delete one of the two")]);
        }

        await transaction.CommitAsync(stopping);
        return new ScheduleSyncReport(added, updated, removed);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(NpgsqlConnection connection, NpgsqlBatchCommand command, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command } };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        var names = new List<string>();
        while (await reader.ReadAsync(stopping))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }
}
