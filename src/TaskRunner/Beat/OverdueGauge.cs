using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>How late the schedules are, asked of the database when somebody scrapes.</summary>
internal sealed class OverdueGauge(Postgres postgres, TimeProvider time)
{
    private const string Late = """
        SELECT coalesce(extract(epoch FROM max(now() - next_due)), 0)::float8
          FROM taskrunner.schedules
         WHERE enabled AND next_due < now() AND isfinite(next_due)
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private TimeSpan? overdue;

    /// <summary>By how much the latest schedule is overdue, at the last reading; null when the database did not answer.</summary>
    public TimeSpan? Overdue => overdue;

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            overdue = await postgres.RunAsync(QueryAsync, either.Token);
        }
        catch (Exception e) when (e is DatabaseUnavailableException or OperationCanceledException)
        {
            overdue = null;
        }
    }

    private static async Task<TimeSpan> QueryAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(Late, connection);
        return TimeSpan.FromSeconds((double)(await command.ExecuteScalarAsync(stopping))!);
    }
}
