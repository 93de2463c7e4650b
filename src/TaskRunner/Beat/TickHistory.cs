using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Reads what became of the ticks of a schedule.</summary>
internal sealed class TickHistory(Postgres postgres)
{
    private const string Columns = "nominal, task_id, state, reason, created_at, sent_at, resent, started_at, finished_at, outcome, missed_count, missed_since";

    // The tick itself, or the later one whose row counts it among the missed.
    private const string Around = $"""
        SELECT {Columns} FROM taskrunner.ticks WHERE schedule_id = $1 AND nominal >= $2 ORDER BY nominal LIMIT 1
        """;

    private const string Waiting =
        "SELECT count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'buffered') FROM taskrunner.ticks WHERE schedule_id = $1 AND state IN ('pending', 'buffered')";

    private const string Oldest = "SELECT min(nominal) FROM taskrunner.ticks WHERE schedule_id = $1";

    private const string Newest = $"SELECT {Columns} FROM taskrunner.ticks WHERE schedule_id = $1 ORDER BY nominal DESC LIMIT $2";

    private const string Jump = """
        SELECT noticed_at, instead_of FROM taskrunner.clock_jumps
         WHERE $1 BETWEEN least(noticed_at, instead_of) - interval '1 minute' AND greatest(noticed_at, instead_of) + interval '1 minute'
         ORDER BY noticed_at DESC LIMIT 1
        """;

    /// <summary>The first tick at or after an instant; null when there is none.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public async Task<TickRow?> FirstFromAsync(Guid schedule, DateTimeOffset instant, CancellationToken cancellationToken) =>
        (await ReadAsync(Around, schedule, ClaimStore.Instant(PgInstant.Of(instant)), cancellationToken)).SingleOrDefault();

    /// <summary>The newest ticks, newest first.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<IReadOnlyList<TickRow>> NewestAsync(Guid schedule, int count, CancellationToken cancellationToken) =>
        ReadAsync(Newest, schedule, new() { Value = count }, cancellationToken);

    /// <summary>How many ticks of a schedule are written and not yet in the broker: those to be enqueued, and those that wait for the task of the tick before.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<(long Pending, long Buffered)> CountWaitingAsync(Guid schedule, CancellationToken cancellationToken) => postgres.HereAsync(
        async (here, stopping) =>
        {
            await using var command = new NpgsqlCommand(here.Sql(Waiting), here.Connection) { Parameters = { new() { Value = schedule } } };
            await using var reader = await command.ExecuteReaderAsync(stopping);
            await reader.ReadAsync(stopping);
            return (reader.GetInt64(0), reader.GetInt64(1));
        },
        cancellationToken);

    /// <summary>The nominal time of the oldest tick that is kept; null when there is none.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<DateTimeOffset?> OldestAsync(Guid schedule, CancellationToken cancellationToken) => postgres.HereAsync(
        async (here, stopping) =>
        {
            await using var command = new NpgsqlCommand(here.Sql(Oldest), here.Connection) { Parameters = { new() { Value = schedule } } };
            await using var reader = await command.ExecuteReaderAsync(stopping);
            await reader.ReadAsync(stopping);
            return await reader.IsDBNullAsync(0, stopping) ? null : (DateTimeOffset?)PgInstant.Clamp(PgInstant.Read(reader, 0));
        },
        cancellationToken);

    /// <summary>The last jump of the database's clock that touched an instant: what it showed after and would have shown without it; null when none is known.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<(DateTimeOffset To, DateTimeOffset From)?> ClockJumpAsync(DateTimeOffset instant, CancellationToken cancellationToken) => postgres.HereAsync(
        async (here, stopping) =>
        {
            await using var command = new NpgsqlCommand(here.Sql(Jump), here.Connection) { Parameters = { ClaimStore.Instant(PgInstant.Of(instant)) } };
            await using var reader = await command.ExecuteReaderAsync(stopping);
            return await reader.ReadAsync(stopping)
                ? (PgInstant.Clamp(PgInstant.Read(reader, 0)), PgInstant.Clamp(PgInstant.Read(reader, 1)))
                : ((DateTimeOffset, DateTimeOffset)?)null;
        },
        cancellationToken);

    private Task<IReadOnlyList<TickRow>> ReadAsync(string sql, Guid schedule, NpgsqlParameter second, CancellationToken cancellationToken) => postgres.HereAsync(
        async (here, stopping) =>
        {
            await using var batch = new NpgsqlBatch(here.Connection) { BatchCommands = { new NpgsqlBatchCommand(here.Sql(sql)) { Parameters = { new() { Value = schedule }, second } } } };
            await using var reader = await batch.ExecuteReaderAsync(stopping);
            var ticks = new List<TickRow>();
            while (await reader.ReadAsync(stopping))
            {
                ticks.Add(Read(reader));
            }

            return (IReadOnlyList<TickRow>)ticks;
        },
        cancellationToken);

    private static TickRow Read(NpgsqlDataReader reader)
    {
        DateTimeOffset? Instant(int column) => reader.IsDBNull(column) ? null : PgInstant.Clamp(PgInstant.Read(reader, column));
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        return new TickRow(
            PgInstant.Clamp(PgInstant.Read(reader, 0)),
            reader.IsDBNull(1) ? null : reader.GetGuid(1),
            reader.GetString(2),
            Text(3),
            PgInstant.Clamp(PgInstant.Read(reader, 4)),
            Instant(5),
            reader.GetInt32(6),
            Instant(7),
            Instant(8),
            Text(9),
            reader.GetInt32(10),
            Instant(11));
    }
}
