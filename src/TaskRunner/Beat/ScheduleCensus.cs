using Npgsql;

namespace TaskRunner.Beat;

/// <summary>Counts the schedules.</summary>
internal static class ScheduleCensus
{
    private const string Count = """
        SELECT count(*) FILTER (WHERE enabled AND (next_due IS NULL OR isfinite(next_due))),
               count(*) FILTER (WHERE NOT enabled),
               count(*) FILTER (WHERE enabled AND NOT isfinite(next_due) AND problem IS NULL),
               count(*) FILTER (WHERE enabled AND NOT isfinite(next_due) AND problem IS NOT NULL)
          FROM taskrunner.schedules
        """;

    public static async Task<ScheduleCounts> CountAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(Count, connection);
        await using var reader = await command.ExecuteReaderAsync(stopping);
        await reader.ReadAsync(stopping);
        return new ScheduleCounts(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
    }
}
