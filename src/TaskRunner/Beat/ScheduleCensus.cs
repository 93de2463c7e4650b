using Npgsql;
using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>Counts the schedules.</summary>
internal static class ScheduleCensus
{
    private const string Count = $"""
        SELECT count(*) FILTER (WHERE enabled AND aside_id IS NULL AND (next_due IS NULL OR isfinite(next_due))),
               count(*) FILTER (WHERE NOT enabled),
               count(*) FILTER (WHERE enabled AND aside_id IS NULL AND NOT isfinite(next_due) AND problem IS NULL),
               count(*) FILTER (WHERE enabled AND (aside_id IS NOT NULL OR NOT isfinite(next_due) AND problem IS NOT NULL)),
               count(*) FILTER (WHERE enabled AND {ClaimStore.IsPlannedAhead} AND {ClaimStore.DueAt} > now())
          FROM taskrunner.schedules LEFT JOIN (SELECT schedule_id AS aside_id FROM taskrunner.set_aside) AS aside ON aside_id = id
         WHERE namespace = {Installation.Here}
        """;

    public static async Task<ScheduleCounts> CountAsync(Here here, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(Count), here.Connection);
        await using var reader = await command.ExecuteReaderAsync(stopping);
        await reader.ReadAsync(stopping);
        return new ScheduleCounts(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)) { Ahead = reader.GetInt64(4) };
    }
}
