using Microsoft.Extensions.Logging;
using Npgsql;
using TaskRunner.Broker;
using TaskRunner.Database;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Turns due schedules into ticks, and ticks into tasks.</summary>
/// <remarks>
/// A tick is a row before it is a task. The transaction that writes it moves its schedule on, so that there is one row a tick whoever dies. Then its task
/// is enqueued under an id made from schedule and nominal time, which the broker remembers, and the row is marked as sent. A beat that dies in between
/// leaves a row that is pending; any beat enqueues it again, and the broker refuses what it has.
/// </remarks>
internal sealed partial class TickEngine(BeatOptions options, Postgres postgres, TickRelay relay, IBeatObserver observer, TimeProvider time, ILogger logger)
{
    private readonly OutageLog broker = new("The broker is unavailable", time, logger);

    /// <summary>Writes the ticks that are due and enqueues them.</summary>
    /// <returns>How many schedules it moved, whether more may be due now, and the time until the next one is due; null when none is in sight.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; what was written is enqueued later.</exception>
    public async Task<(int Count, bool IsMore, TimeSpan? Wait)> ClaimAsync(CancellationToken stopping)
    {
        var (now, plans, isMore, wait) = await postgres.RunAsync(WriteAsync, stopping);
        var claimed = time.GetTimestamp();
        foreach (var plan in plans)
        {
            Report(plan, now);
        }

        // The rows are written; a stop would only leave the rest to another beat.
        await SendAsync([.. plans.SelectMany(plan => plan.Ticks.Select(nominal => new Tick(plan.Schedule, nominal, TickState.Pending)))], now, claimed, CancellationToken.None);
        return (plans.Count, isMore, Rest(wait, claimed));
    }

    /// <summary>Enqueues ticks that another beat wrote and left, and looks for those that were sent and have no result.</summary>
    /// <returns>Whether there may be more of them now, and the time until the next one is to be looked at; null when none is.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; nothing is lost.</exception>
    public async Task<(bool IsMore, TimeSpan? Next)> SweepAsync(CancellationToken stopping)
    {
        var (now, ticks, seen, next) = await postgres.RunAsync((connection, token) => TickStore.SweepAsync(connection, options, token), stopping);
        var swept = time.GetTimestamp();
        await SendAsync(ticks, now, swept, stopping);
        return (seen == options.BatchSize, Rest(next, swept));
    }

    /// <summary>Whether the broker did not answer when it was last asked.</summary>
    public bool IsBrokerAway => broker.Reason is not null;

    /// <summary>Whether to write no more ticks for now: the broker was away when last asked, and there are ticks left to ask it with.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public async Task<bool> IsHeldUpAsync(CancellationToken stopping) =>
        IsBrokerAway && await postgres.RunAsync(TickStore.IsAnyPendingAsync, stopping);

    /// <summary>Notes that the broker did not answer.</summary>
    public void BrokerFailed(BrokerUnavailableException e) => broker.Failed(e);

    private async Task<(DateTimeOffset Now, List<TickPlan> Plans, bool IsMore, TimeSpan? Wait)> WriteAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        await using var transaction = await connection.BeginTransactionAsync(stopping);
        var claim = await ClaimStore.ClaimAsync(connection, options, stopping);
        var plans = claim.Due.ConvertAll(schedule => TickPlan.Make(schedule, claim.Now));
        var wait = plans.Count > 0 ? await ClaimStore.WriteAsync(connection, plans, options.HandOver, stopping) : claim.Wait;
        await transaction.CommitAsync(stopping);
        return (claim.Now, plans, claim.IsMore, wait);
    }

    private async Task SendAsync(List<Tick> ticks, DateTimeOffset now, long readAt, CancellationToken stopping)
    {
        var (settled, wanted) = relay.Prepare(ticks, now);

        // First of all: while the broker is away these would be looked at again and again, together with those that it is to be asked about.
        await MarkAsync(settled, now + time.GetElapsedTime(readAt), stopping);
        if (wanted.Count > 0)
        {
            var answers = await relay.EnqueueAsync(wanted, stopping);
            await MarkAsync(answers, now + time.GetElapsedTime(readAt), stopping);
            await NoteBrokerAsync(answers.Count(entry => entry.Outcome == TickOutcome.Resent), stopping);
        }
    }

    private async Task MarkAsync(IReadOnlyList<SettledTick> settled, DateTimeOffset sentAt, CancellationToken stopping)
    {
        var marked = settled.Where(entry => entry.Outcome is not null).ToList();
        if (marked.Count == 0)
        {
            return;
        }

        var crowded = await postgres.RunAsync((connection, token) => TickStore.MarkAsync(connection, marked, options, token), stopping);
        foreach (var entry in marked)
        {
            var outcome = crowded.Contains(entry.Tick.Id) ? TickOutcome.Skipped : entry.Outcome!.Value;
            observer.Ticked(entry.Tick.Schedule.Name, outcome, sentAt - entry.Tick.Nominal);
        }

        await NoteRefusedAsync(marked, stopping);
    }

    /// <summary>The broker answers. Had it been away, or lost a task, then it may have lost more.</summary>
    private async Task NoteBrokerAsync(int resent, CancellationToken stopping)
    {
        var wasAway = IsBrokerAway;
        if (wasAway || resent > 0)
        {
            var doubted = await postgres.RunAsync(TickStore.DoubtAsync, stopping);
            if (resent > 0)
            {
                LogResent(logger, resent, doubted);
            }
        }

        broker.Succeeded();
    }

    private async Task NoteRefusedAsync(List<SettledTick> settled, CancellationToken stopping)
    {
        foreach (var entry in settled.Where(entry => entry.Outcome == TickOutcome.Refused))
        {
            var problem = StorableText.Text(entry.Reason)!;
            await postgres.RunAsync((connection, token) => ClaimStore.NoteProblemAsync(connection, entry.Tick.Schedule.Id, problem, token), stopping);
        }
    }

    // The database told it at that timestamp; the tasks were enqueued meanwhile.
    private TimeSpan? Rest(TimeSpan? wait, long readAt) =>
        wait is not { } known ? null : known - time.GetElapsedTime(readAt) is var rest && rest > TimeSpan.Zero ? rest : TimeSpan.Zero;

    private void Report(TickPlan plan, DateTimeOffset now)
    {
        if (plan.MissedSince is { } since)
        {
            observer.CaughtUp(plan.Schedule.Name, plan.Schedule.CatchUp, plan.Ticks.Count, plan.MissedCount);
            LogDropped(logger, plan.Schedule.Name, plan.MissedCount, (now - since).TotalSeconds, ScheduleWords.CatchUps.Of(plan.Schedule.CatchUp));
        }

        if (plan.Problem is { } problem)
        {
            LogProblem(logger, plan.Schedule.Name, problem);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Schedule {Schedule} does not run until it is edited: {Problem}")]
    private static partial void LogProblem(ILogger logger, string schedule, string problem);

    [LoggerMessage(LogLevel.Warning, "Schedule {Schedule} missed ticks, the first {Seconds:0.0} s ago; its policy {Policy} drops {Count}")]
    private static partial void LogDropped(ILogger logger, string schedule, int count, double seconds, string policy);

    [LoggerMessage(LogLevel.Warning, "The broker had lost the tasks of {Count} ticks; they were enqueued again, and {Doubted} others are looked for")]
    private static partial void LogResent(ILogger logger, int count, int doubted);
}
