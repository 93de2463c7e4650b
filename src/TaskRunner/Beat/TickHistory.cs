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

    private const string Oldest = "SELECT min(nominal) FROM taskrunner.ticks WHERE schedule_id = $1";

    private const string Newest = $"SELECT {Columns} FROM taskrunner.ticks WHERE schedule_id = $1 ORDER BY nominal DESC LIMIT $2";

    /// <summary>The first tick at or after an instant; null when there is none.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public async Task<TickRow?> FirstFromAsync(Guid schedule, DateTimeOffset instant, CancellationToken cancellationToken) =>
        (await ReadAsync(Around, schedule, new() { Value = instant.ToUniversalTime() }, cancellationToken)).SingleOrDefault();

    /// <summary>The newest ticks, newest first.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<IReadOnlyList<TickRow>> NewestAsync(Guid schedule, int count, CancellationToken cancellationToken) =>
        ReadAsync(Newest, schedule, new() { Value = count }, cancellationToken);

    /// <summary>The nominal time of the oldest tick that is kept; null when there is none.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<DateTimeOffset?> OldestAsync(Guid schedule, CancellationToken cancellationToken) => postgres.RunAsync(
        async (connection, stopping) =>
        {
            await using var command = new NpgsqlCommand(Oldest, connection) { Parameters = { new() { Value = schedule } } };
            await using var reader = await command.ExecuteReaderAsync(stopping);
            await reader.ReadAsync(stopping);
            return await reader.IsDBNullAsync(0, stopping) ? null : (DateTimeOffset?)await reader.GetFieldValueAsync<DateTimeOffset>(0, stopping);
        },
        cancellationToken);

    private Task<IReadOnlyList<TickRow>> ReadAsync(string sql, Guid schedule, NpgsqlParameter second, CancellationToken cancellationToken) => postgres.RunAsync(
        async (connection, stopping) =>
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = schedule }, second } } } };
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
        DateTimeOffset? Instant(int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        return new TickRow(
            reader.GetFieldValue<DateTimeOffset>(0),
            reader.IsDBNull(1) ? null : reader.GetGuid(1),
            reader.GetString(2),
            Text(3),
            reader.GetFieldValue<DateTimeOffset>(4),
            Instant(5),
            reader.GetInt32(6),
            Instant(7),
            Instant(8),
            Text(9),
            reader.GetInt32(10),
            Instant(11));
    }
}
