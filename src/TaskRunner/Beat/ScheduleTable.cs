using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Looks at schedules and edits them one by one; beat follows within a second.</summary>
internal sealed class ScheduleTable(Postgres postgres)
{
    private const string Select = $"""
        SELECT id, name, enabled, source, next_due, last_due, left(coalesce(aside_problem, problem), 1000), left(paused_reason, 2000), left(paused_by, 2000), created_at, updated_at,
               {ScheduleColumns.Selected}
          FROM taskrunner.schedules
          LEFT JOIN (SELECT schedule_id AS aside_id, problem AS aside_problem FROM taskrunner.set_aside) AS aside ON aside_id = id
        """;

    private const string List = $"{Select} WHERE namespace = {Installation.Here} ORDER BY name";

    private const string Find = $"{Select} WHERE namespace = {Installation.Here} AND name = $1";

    private const string Add = $"""
        INSERT INTO taskrunner.schedules (namespace, name, enabled, source, {ScheduleColumns.Names})
        SELECT {Installation.Here}, given.name, coalesce(given.enabled, true), $24, {ScheduleColumns.Given}
          FROM {ScheduleColumns.Table}
        ON CONFLICT (namespace, name) DO NOTHING
        RETURNING name
        """;

    // Those that came from there before are made anew; nobody else's are touched.
    private const string Import = $"""
        INSERT INTO taskrunner.schedules AS kept (namespace, name, enabled, source, {ScheduleColumns.Names})
        SELECT {Installation.Here}, given.name, coalesce(given.enabled, true), $24, {ScheduleColumns.Given}
          FROM {ScheduleColumns.Table}
        ON CONFLICT (namespace, name) DO UPDATE
           SET (enabled, {ScheduleColumns.Names}) = (SELECT excluded.enabled, {ScheduleColumns.Excluded})
         WHERE kept.source = excluded.source
        RETURNING name
        """;

    private const string Edit = $"""
        UPDATE taskrunner.schedules AS kept
           SET ({ScheduleColumns.Names}, enabled) = ROW({ScheduleColumns.Given}, coalesce(given.enabled, kept.enabled))
          FROM {ScheduleColumns.Table}
         WHERE kept.namespace = {Installation.Here} AND kept.name = given.name
        """;

    private const string Remove = $"DELETE FROM taskrunner.schedules WHERE namespace = {Installation.Here} AND name = $1";

    private const string Pause = $"UPDATE taskrunner.schedules SET enabled = false, paused_reason = $2, paused_by = $3 WHERE namespace = {Installation.Here} AND name = $1";

    private const string Resume = $"UPDATE taskrunner.schedules SET enabled = true WHERE namespace = {Installation.Here} AND name = $1";

    /// <summary>All schedules, by name.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<IReadOnlyList<StoredSchedule>> ListAsync(CancellationToken cancellationToken) =>
        ReadAsync(List, null, cancellationToken);

    /// <summary>One schedule; null when there is none of that name.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public async Task<StoredSchedule?> FindAsync(string name, CancellationToken cancellationToken) =>
        (await ReadAsync(Find, name, cancellationToken)).SingleOrDefault();

    /// <summary>Adds schedules, all or none.</summary>
    /// <returns>The names that are taken; when there are any, nothing was added.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    /// <exception cref="ScheduleRefusedException">The database refuses a row.</exception>
    public Task<IReadOnlyList<string>> AddAsync(IReadOnlyList<ScheduleDeclaration> schedules, CancellationToken cancellationToken) =>
        InsertAsync(Add, schedules, "hand", cancellationToken);

    /// <summary>Adds schedules of Celery and makes those anew that came from there before, all or none.</summary>
    /// <returns>The names that other schedules have; when there are any, nothing was changed.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<IReadOnlyList<string>> ImportAsync(IReadOnlyList<ScheduleDeclaration> schedules, CancellationToken cancellationToken) =>
        InsertAsync(Import, schedules, "celery", cancellationToken);

    private Task<IReadOnlyList<string>> InsertAsync(string sql, IReadOnlyList<ScheduleDeclaration> schedules, string source, CancellationToken cancellationToken) => WriteAsync(
        async (here, stopping) =>
        {
            await using var transaction = await here.Connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
            var command = ScheduleColumns.Bind(new NpgsqlBatchCommand(here.Sql(sql)), schedules);
            command.Parameters.Add(new() { Value = source });
            await using var batch = new NpgsqlBatch(here.Connection) { BatchCommands = { command } };
            var added = new HashSet<string>(StringComparer.Ordinal);
            await using (var reader = await batch.ExecuteReaderAsync(stopping))
            {
                while (await reader.ReadAsync(stopping))
                {
                    added.Add(reader.GetString(0));
                }
            }

            string[] taken = [.. schedules.Select(schedule => schedule.Name).Where(name => !added.Contains(name))];
            if (taken.Length == 0)
            {
                await transaction.CommitAsync(stopping);
            }

            return (IReadOnlyList<string>)taken;
        },
        cancellationToken);

    /// <summary>Writes a schedule anew; false when it is not there any more.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<bool> EditAsync(ScheduleDeclaration schedule, CancellationToken cancellationToken) =>
        ChangeAsync(Edit, command => ScheduleColumns.Bind(command, [schedule]), cancellationToken);

    /// <summary>Removes a schedule; false when there is none of that name. Its ticks stay until their time to live is over.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<bool> RemoveAsync(string name, CancellationToken cancellationToken) => ChangeAsync(Remove, command => Name(command, name), cancellationToken);

    /// <summary>Stops a schedule until it is resumed; false when there is none of that name.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<bool> PauseAsync(string name, string? reason, string? by, CancellationToken cancellationToken) => ChangeAsync(
        Pause,
        command =>
        {
            Name(command, name);
            command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = reason });
            command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = by });
        },
        cancellationToken);

    /// <summary>Lets a schedule run again, from its next tick on; false when there is none of that name.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<bool> ResumeAsync(string name, CancellationToken cancellationToken) => ChangeAsync(Resume, command => Name(command, name), cancellationToken);

    private Task<bool> ChangeAsync(string sql, Action<NpgsqlBatchCommand> bind, CancellationToken cancellationToken) => WriteAsync(
        async (here, stopping) =>
        {
            await using var transaction = await here.Connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
            var command = new NpgsqlBatchCommand(here.Sql(sql));
            bind(command);
            await using var batch = new NpgsqlBatch(here.Connection) { BatchCommands = { command } };
            var isThere = await batch.ExecuteNonQueryAsync(stopping) > 0;
            await transaction.CommitAsync(stopping);
            return isThere;
        },
        cancellationToken);

    private async Task<T> WriteAsync<T>(Func<Here, CancellationToken, Task<T>> write, CancellationToken cancellationToken)
    {
        try
        {
            return await postgres.HereAsync(write, cancellationToken);
        }
        catch (Exception e) when (RowFault.IsRefusal(e is DatabaseUnavailableException { InnerException: { } inner } ? inner : e))
        {
            throw new ScheduleRefusedException(RowFault.Text(e), e);
        }
    }

    private static void Name(NpgsqlBatchCommand command, string name) => command.Parameters.Add(new() { Value = name });

    private Task<IReadOnlyList<StoredSchedule>> ReadAsync(string sql, string? name, CancellationToken cancellationToken) => postgres.HereAsync(
        async (here, stopping) =>
        {
            var command = new NpgsqlBatchCommand(here.Sql(sql));
            if (name is not null)
            {
                Name(command, name);
            }

            await using var batch = new NpgsqlBatch(here.Connection) { BatchCommands = { command } };
            await using var reader = await batch.ExecuteReaderAsync(stopping);
            var rows = new List<StoredSchedule>();
            while (await reader.ReadAsync(stopping))
            {
                rows.Add(Read(reader));
            }

            return (IReadOnlyList<StoredSchedule>)rows;
        },
        cancellationToken);

    private static StoredSchedule Read(NpgsqlDataReader reader)
    {
        var mistakes = new ColumnMistakes();
        var row = new ColumnReader(reader, 0, mistakes);
        var schedule = ScheduleColumns.Read(reader, row.Text(1) ?? "", !reader.IsDBNull(2) && reader.GetBoolean(2), 11, mistakes);
        return new()
        {
            Id = reader.GetGuid(0),
            Schedule = schedule,
            Source = row.Text(3) ?? "hand",
            NextDue = reader.IsDBNull(4) || reader.GetFieldValue<long>(4) is PgInstant.Infinity or PgInstant.MinusInfinity ? null : row.Instant(4, "next_due"),
            LastDue = reader.IsDBNull(5) ? null : PgInstant.Clamp(reader.GetFieldValue<long>(5)),
            Problem = row.Text(6) ?? mistakes.Text,
            Unreadable = mistakes.Text,
            PausedReason = row.Text(7),
            PausedBy = row.Text(8),
            CreatedAt = reader.IsDBNull(9) ? default : PgInstant.Clamp(reader.GetFieldValue<long>(9)),
            UpdatedAt = reader.IsDBNull(10) ? default : PgInstant.Clamp(reader.GetFieldValue<long>(10)),
        };
    }
}
