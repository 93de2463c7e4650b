using Microsoft.Extensions.Logging;
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
internal sealed partial class TickEngine(
    BeatOptions options,
    Postgres postgres,
    TickRelay relay,
    ClockJumps jumps,
    ClaimWriter writer,
    IBeatObserver observer,
    TimeProvider time,
    ILogger logger)
{
    // Ticks that are to be sent lead to a question to the broker about twice a second. Where they have not for this long, they say nothing
    // about the broker.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan NotePatience = TimeSpan.FromMilliseconds(250);

    private readonly OutageLog broker = new("The broker is unavailable", time, logger);
    private readonly DropLog drops = new(time, logger);
    private readonly TickMarker marker = new(options, postgres, time, logger);
    private readonly TickRecall recall = new(postgres, time);
    private readonly PieceByPiece notes = new(options.BatchSize, time);
    private long? asked;

    /// <summary>Writes the ticks that are due and enqueues them.</summary>
    /// <returns>How many schedules it moved, whether more may be due now, and the time until the next one is due; null when none is in sight.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; what was written is enqueued later.</exception>
    public async Task<(int Count, bool IsMore, TimeSpan? Wait)> ClaimAsync(CancellationToken stopping)
    {
        var (count, isMore, wait, isBehind) = await ClaimOnceAsync(stopping);
        if (!isBehind)
        {
            return (count, isMore, wait);
        }

        // What that claim left out. Its ticks are sent by now: late or new schedules do not hold up those whose time has just come.
        var rest = await ClaimOnceAsync(stopping);
        return (count + rest.Count, rest.IsMore || rest.IsBehind, rest.Wait);
    }

    private async Task<(int Count, bool IsMore, TimeSpan? Wait, bool IsBehind)> ClaimOnceAsync(CancellationToken stopping)
    {
        var written = await writer.ClaimAsync(stopping);
        var claimed = time.GetTimestamp();
        foreach (var plan in written.Plans)
        {
            Report(plan, written.Now);
        }

        // The rows are written; a stop would only leave the rest to another beat. A tick whose row was there before is not this claim's.
        await SendAsync(written.Ticks, written.Now, claimed, CancellationToken.None);
        return (written.Plans.Count, written.IsMore, Rest(written.Wait, claimed), written.IsBehind);
    }

    /// <summary>Enqueues ticks that another beat wrote and left, and looks for those that were sent and have no result.</summary>
    /// <returns>Whether there may be more of them now, and the time until the next one is to be looked at; null when none is.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; nothing is lost.</exception>
    public async Task<(bool IsMore, TimeSpan? Next)> SweepAsync(CancellationToken stopping)
    {
        await jumps.RewindRestAsync(stopping);
        var began = time.GetTimestamp();
        var swept = await marker.SweepAsync(stopping);
        var ended = time.GetTimestamp();

        // While the broker is away there may be no claim to notice that the clock was ahead when these ticks were put off.
        if (swept.Now != DateTimeOffset.MinValue)
        {
            await writer.ReadClockAsync(swept.Now, began, ended, stopping);
        }

        // Of two ticks of one schedule the earlier one comes first, for the sake of overlap.
        swept.Ticks.Sort((one, other) => one.At.CompareTo(other.At));
        await SendAsync(swept.Ticks, swept.Now, ended, stopping);
        return (swept.IsMore, Rest(swept.Next, ended));
    }

    /// <summary>Some schedules were planned by a clock that was ahead: the next claim looks for them.</summary>
    public void LookAhead() => writer.LookAhead();

    /// <summary>Whether the broker did not answer when it was last asked.</summary>
    public bool IsBrokerAway => broker.Reason is not null;

    /// <summary>
    /// Whether to write no more ticks for now: the broker was away when last asked, and there are ticks left to ask it with. Where those
    /// lead to no question, since somebody holds their rows or for whatever reason, the broker is asked for a sign of life.
    /// </summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not answer.</exception>
    public async Task<bool> IsHeldUpAsync(CancellationToken stopping)
    {
        if (!IsBrokerAway || !await postgres.HereAsync((here, token) => TickStore.IsAnyPendingAsync(here, marker.Aside, token), stopping))
        {
            return false;
        }

        if (asked is { } last && time.GetElapsedTime(last) < LongestSilence)
        {
            return true;
        }

        await relay.ProbeAsync(stopping);
        return false;
    }

    /// <summary>The age of the oldest tick that is to be enqueued; zero when there is none.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<TimeSpan> LagAsync(CancellationToken stopping) => postgres.HereAsync((here, token) => TickStore.LagAsync(here, marker.Aside, token), stopping);

    /// <summary>Notes that the broker did not answer.</summary>
    public void BrokerFailed(BrokerUnavailableException e) => broker.Failed(e);

    // What is over is marked whether or not the broker answers, or it would be looked at again and again while the broker is away; what is to be enqueued waits
    // for no mark.
    private async Task SendAsync(IReadOnlyList<Tick> ticks, DateTimeOffset now, long readAt, CancellationToken stopping)
    {
        var (judged, wanted) = relay.Prepare(ticks, now);
        var doubtful = judged.Where(entry => entry.Tick.MayBeKnown && entry.Outcome is TickOutcome.Skipped or TickOutcome.Refused).ToList();
        var settled = judged.Except(doubtful);
        IReadOnlyList<SettledTick> answers = [];
        asked = wanted.Count + doubtful.Count > 0 ? time.GetTimestamp() : asked;
        try
        {
            answers = wanted.Count > 0 ? await relay.EnqueueAsync(wanted, stopping) : [];
            answers = doubtful.Count > 0 ? [.. answers, .. await relay.AskAsync(doubtful, stopping)] : answers;
        }
        finally
        {
            await MarkAsync([.. settled, .. answers], now, readAt, stopping);
        }

        if (wanted.Count + doubtful.Count > 0)
        {
            await NoteBrokerAsync(answers.Count(entry => entry.Outcome == TickOutcome.Resent), stopping);
        }
    }

    private async Task MarkAsync(IReadOnlyList<SettledTick> settled, DateTimeOffset now, long readAt, CancellationToken stopping)
    {
        var marked = settled.Where(entry => entry.Outcome is not null).ToList();
        if (marked.Count == 0)
        {
            return;
        }

        var sentAt = now + time.GetElapsedTime(readAt);
        var (crowded, unmarked) = await marker.MarkAsync(marked, stopping);
        foreach (var entry in marked)
        {
            var outcome = crowded.Contains(entry.Tick.Key) ? TickOutcome.Skipped : entry.Outcome!.Value;
            observer.Ticked(entry.Tick.Schedule.Name, outcome, sentAt - entry.Tick.Nominal);
            if (outcome == TickOutcome.Skipped)
            {
                drops.Note(entry.Tick, entry.Reason ?? TickReason.Overlap);
            }
        }

        await NoteProblemsAsync(marked, unmarked, stopping);
    }

    /// <summary>The broker answers. Had it been away, or lost a task, then it may have lost more.</summary>
    private async Task NoteBrokerAsync(int resent, CancellationToken stopping)
    {
        var wasAway = IsBrokerAway;
        if (wasAway || resent > 0)
        {
            var doubted = await DoubtAsync(stopping);
            if (resent > 0)
            {
                LogResent(logger, resent, doubted);
            }
        }

        broker.Succeeded();
    }

    private async Task<int> DoubtAsync(CancellationToken stopping)
    {
        try
        {
            return (await recall.RunAsync(TickStore.Doubt, stopping)).Count;
        }
        catch (Exception e) when (RowFault.IsPossible(e))
        {
            // Each of them is looked at in its turn.
            return 0;
        }
    }

    // Of several ticks of a schedule the last one counts.
    private async Task NoteProblemsAsync(List<SettledTick> settled, Dictionary<TickKey, string> unmarked, CancellationToken stopping)
    {
        var problems = new Dictionary<Guid, string?>();
        foreach (var entry in settled.Where(entry => entry.Outcome is not TickOutcome.Skipped and not TickOutcome.Buffered))
        {
            var own = entry.Outcome == TickOutcome.Refused ? entry.Reason : null;
            problems[entry.Tick.Schedule.Id] = unmarked.GetValueOrDefault(entry.Tick.Key) ?? own;
        }

        var known = settled.GroupBy(entry => entry.Tick.Schedule.Id).ToDictionary(ticks => ticks.Key, ticks => ticks.First().Tick.Schedule.Problem);
        var changed = problems.Where(entry => entry.Value != known[entry.Key]).Select(entry => (entry.Key, entry.Value)).ToList();
        if (changed.Count == 0)
        {
            return;
        }

        // Those that cannot be noted now are noted with a later tick.
        string? trouble = null;
        await notes.RunAsync(changed, NoteAsync, (_, e) => trouble ??= RowFault.Text(e), NotePatience, stopping);
        if (trouble is not null)
        {
            LogProblemNotNoted(logger, trouble);
        }

        Task NoteAsync((Guid Id, string? Problem)[] some) =>
            postgres.CommittedAsync((here, token) => TickStore.NoteProblemsAsync(here, some, token), stopping);
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

    [LoggerMessage(LogLevel.Warning, "The problems of some schedules are in the log and in their ticks only: {Reason}")]
    private static partial void LogProblemNotNoted(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "Schedule {Schedule} missed ticks, the first {Seconds:0.0} s ago; its policy {Policy} drops {Count}")]
    private static partial void LogDropped(ILogger logger, string schedule, int count, double seconds, string policy);

    [LoggerMessage(LogLevel.Warning, "The broker had lost the tasks of {Count} ticks; they were enqueued again, and {Doubted} others are looked for")]
    private static partial void LogResent(ILogger logger, int count, int doubted);
}
