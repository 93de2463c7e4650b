using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>How late the schedules are, asked of the database when somebody scrapes.</summary>
internal sealed class OverdueGauge(Postgres postgres, TimeProvider time)
{
    // By the index that claims use. What was set aside is told as a problem of its own.
    internal const string Late = $"""
        SELECT extract(epoch FROM now() - next_due)::float8
          FROM taskrunner.schedules
         WHERE namespace = {Installation.Here} AND enabled AND {ClaimStore.DueAt} > '-infinity' AND {ClaimStore.DueAt} < now()
           AND NOT EXISTS (SELECT FROM taskrunner.set_aside WHERE schedule_id = id)
         ORDER BY {ClaimStore.DueAt}
         LIMIT 1
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
            overdue = await postgres.HereAsync(QueryAsync, either.Token);
        }
        catch (Exception e)
        {
            // Whatever it is, an old value would pass for a new one.
            overdue = null;
            if (e is not (DatabaseUnavailableException or OperationCanceledException))
            {
                throw;
            }
        }
    }

    private static async Task<TimeSpan> QueryAsync(Here here, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(Late), here.Connection);
        return await command.ExecuteScalarAsync(stopping) is double late ? TimeSpan.FromSeconds(late) : TimeSpan.Zero;
    }
}
