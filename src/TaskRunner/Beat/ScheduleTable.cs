using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Looks at schedules and edits them one by one; beat follows within a second.</summary>
internal sealed class ScheduleTable(Postgres postgres)
{
    private const string Select = $"""
        SELECT id, name, enabled, source, CASE WHEN isfinite(next_due) THEN next_due END, last_due, problem, paused_reason, paused_by, created_at, updated_at,
               {ScheduleColumns.Names}
          FROM taskrunner.schedules
        """;

    private const string List = $"{Select} ORDER BY name";

    private const string Find = $"{Select} WHERE name = $1";

    private const string Add = $"""
        INSERT INTO taskrunner.schedules (name, enabled, source, {ScheduleColumns.Names})
        SELECT given.name, coalesce(given.enabled, true), $24, {ScheduleColumns.Given}
          FROM {ScheduleColumns.Table}
        ON CONFLICT (name) DO NOTHING
        RETURNING name
        """;

    // Those that came from there before are made anew; nobody else's are touched.
    private const string Import = $"""
        INSERT INTO taskrunner.schedules AS kept (name, enabled, source, {ScheduleColumns.Names})
        SELECT given.name, coalesce(given.enabled, true), $24, {ScheduleColumns.Given}
          FROM {ScheduleColumns.Table}
        ON CONFLICT (name) DO UPDATE
           SET (enabled, {ScheduleColumns.Names}) = (SELECT excluded.enabled, {ScheduleColumns.Excluded})
         WHERE kept.source = excluded.source
        RETURNING name
        """;

    private const string Edit = $"""
        UPDATE taskrunner.schedules AS kept
           SET ({ScheduleColumns.Names}, enabled) = ROW({ScheduleColumns.Given}, coalesce(given.enabled, kept.enabled))
          FROM {ScheduleColumns.Table}
         WHERE kept.name = given.name
        """;

    private const string Remove = "DELETE FROM taskrunner.schedules WHERE name = $1";

    private const string Pause = "UPDATE taskrunner.schedules SET enabled = false, paused_reason = $2, paused_by = $3 WHERE name = $1";

    private const string Resume = "UPDATE taskrunner.schedules SET enabled = true WHERE name = $1";

    /// <summary>All schedules, by name.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<IReadOnlyList<StoredSchedule>> ListAsync(CancellationToken cancellationToken) =>
        ReadAsync(new NpgsqlBatchCommand(List), cancellationToken);

    /// <summary>One schedule; null when there is none of that name.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public async Task<StoredSchedule?> FindAsync(string name, CancellationToken cancellationToken) =>
        (await ReadAsync(Named(Find, name), cancellationToken)).SingleOrDefault();

    /// <summary>Adds schedules, all or none.</summary>
    /// <returns>The names that are taken; when there are any, nothing was added.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<IReadOnlyList<string>> AddAsync(IReadOnlyList<ScheduleDeclaration> schedules, CancellationToken cancellationToken) =>
        InsertAsync(Add, schedules, "hand", cancellationToken);

    /// <summary>Adds schedules of Celery and makes those anew that came from there before, all or none.</summary>
    /// <returns>The names that other schedules have; when there are any, nothing was changed.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<IReadOnlyList<string>> ImportAsync(IReadOnlyList<ScheduleDeclaration> schedules, CancellationToken cancellationToken) =>
        InsertAsync(Import, schedules, "celery", cancellationToken);

    private Task<IReadOnlyList<string>> InsertAsync(string sql, IReadOnlyList<ScheduleDeclaration> schedules, string source, CancellationToken cancellationToken) => postgres.RunAsync(
        async (connection, stopping) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(stopping);
            var command = ScheduleColumns.Bind(new NpgsqlBatchCommand(sql), schedules);
            command.Parameters.Add(new() { Value = source });
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command } };
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
        ChangeAsync(ScheduleColumns.Bind(new NpgsqlBatchCommand(Edit), [schedule]), cancellationToken);

    /// <summary>Removes a schedule; false when there is none of that name. Its ticks stay until their time to live is over.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<bool> RemoveAsync(string name, CancellationToken cancellationToken) => ChangeAsync(Named(Remove, name), cancellationToken);

    /// <summary>Stops a schedule until it is resumed; false when there is none of that name.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<bool> PauseAsync(string name, string? reason, string? by, CancellationToken cancellationToken)
    {
        var command = Named(Pause, name);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = reason });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = by });
        return ChangeAsync(command, cancellationToken);
    }

    /// <summary>Lets a schedule run again, from its next tick on; false when there is none of that name.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<bool> ResumeAsync(string name, CancellationToken cancellationToken) => ChangeAsync(Named(Resume, name), cancellationToken);

    private Task<bool> ChangeAsync(NpgsqlBatchCommand command, CancellationToken cancellationToken) => postgres.RunAsync(
        async (connection, stopping) =>
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command } };
            return await batch.ExecuteNonQueryAsync(stopping) > 0;
        },
        cancellationToken);

    private static NpgsqlBatchCommand Named(string sql, string name) => new(sql) { Parameters = { new() { Value = name } } };

    private Task<IReadOnlyList<StoredSchedule>> ReadAsync(NpgsqlBatchCommand command, CancellationToken cancellationToken) => postgres.RunAsync(
        async (connection, stopping) =>
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command } };
            await using var reader = await batch.ExecuteReaderAsync(stopping);
            var rows = new List<StoredSchedule>();
            while (await reader.ReadAsync(stopping))
            {
                rows.Add(Read(reader));
            }

            return (IReadOnlyList<StoredSchedule>)rows;
        },
        cancellationToken);

    private static StoredSchedule Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Schedule = ScheduleColumns.Read(reader, reader.GetString(1), reader.GetBoolean(2), 11),
        Source = reader.GetString(3),
        NextDue = Instant(reader, 4),
        LastDue = Instant(reader, 5),
        Problem = Text(reader, 6),
        PausedReason = Text(reader, 7),
        PausedBy = Text(reader, 8),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(9),
        UpdatedAt = reader.GetFieldValue<DateTimeOffset>(10),
    };

    private static DateTimeOffset? Instant(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
