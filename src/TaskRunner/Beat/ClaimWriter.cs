using Microsoft.Extensions.Logging;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Claims what is due and writes it, each schedule on its own terms: what the database refuses is narrowed down to its row, and that is set aside.</summary>
/// <remarks>
/// A claim whose writing is refused is repeated with a savepoint: a statement that fails behind that is repeated with pieces of its rows.
/// What fails before or after that, at reading or at the commit, or takes too long, makes the next claims smaller until one schedule is
/// left. A row that takes long has a second try in a claim of its own, as have those that were refused before: nobody waits for them.
/// </remarks>
internal sealed partial class ClaimWriter(BeatOptions options, Postgres postgres, ClockJumps jumps, TimeProvider time, ILogger logger)
{
    // Splitting stops after this long. The next claim takes the rest, together with whatever has become due meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    // For this long after a refusal claims have a savepoint: other beats may take the row meanwhile, and give it back.
    private static readonly TimeSpan Careful = TimeSpan.FromSeconds(10);

    private const int Narrowing = 5;

    // Those that are tried again take at most one part of this many of the time, however many they are and however long they take.
    private const int ShareOfRetries = 10;

    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(250);

    private readonly WriteGroups groups = new();
    private readonly ClaimWalk walk = new(time);
    private readonly ClaimLanes full = ClaimLanes.All(options.BatchSize);
    private readonly ClaimLanes allRetried = ClaimLanes.Retried(options.BatchSize);
    private ClaimLanes lanes = ClaimLanes.All(options.BatchSize);
    private ClaimLanes retried = ClaimLanes.Retried(options.BatchSize);
    private long? refusedAt;
    private bool wasCutOff;
    private bool isRepeated;
    private bool isRetryNext;
    private (long Since, TimeSpan Length)? rest;
    private int ahead = options.BatchSize;
    private bool looksAhead;
    private bool knowsJump;

    /// <summary>Writes the ticks that are due.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    public async Task<WrittenClaim> ClaimAsync(CancellationToken stopping)
    {
        var written = isRetryNext ? await ClaimRetriedAsync(stopping) : await ClaimLanesAsync(stopping);
        isRetryNext = !isRetryNext && written.IsAnyAgain && (rest is not { } known || time.GetElapsedTime(known.Since) >= known.Length);
        if (isRetryNext)
        {
            written = written with { IsMore = true };
        }

        if (written.Answered != 0)
        {
            await ReadClockAsync(written.Now, written.Asked, written.Answered, stopping);
        }

        if (looksAhead)
        {
            written = written.And(await ClaimAheadAsync(stopping));
        }

        return written;
    }

    /// <summary>Takes a reading of the database's clock: once it went back, the next claims look for what was written ahead of it.</summary>
    /// <param name="now">What the database said.</param>
    /// <param name="asked">Timestamp from before it was asked.</param>
    /// <param name="answered">Timestamp from after it had answered.</param>
    /// <param name="stopping">Ends the waiting.</param>
    public async Task ReadClockAsync(DateTimeOffset now, long asked, long answered, CancellationToken stopping)
    {
        if (await jumps.ReadAsync(now, asked, answered, stopping))
        {
            (looksAhead, knowsJump) = (true, true);
        }
    }

    /// <summary>Some schedules were planned by a clock that was ahead: the next claims look for them.</summary>
    public void LookAhead() => looksAhead = true;

    private async Task<WrittenClaim> ClaimAheadAsync(CancellationToken stopping)
    {
        await jumps.RewindAsync(stopping);
        var lane = new ClaimLanes(0, 0, 0, Ahead: ahead);
        var written = await ClaimLaneAsync(lane, stopping);
        if (written.Plans.Count > 0)
        {
            await jumps.FoundAheadAsync(written.Plans.Count, written.Plans.Max(plan => plan.Schedule.Ahead) ?? TimeSpan.Zero, knowsJump, stopping);
            knowsJump = true;
        }

        (looksAhead, knowsJump) = (written.IsMore, knowsJump && written.IsMore);
        return written;
    }

    /// <summary>Those that were refused before, in a turn of its own: whatever is due meanwhile comes at once after it.</summary>
    private async Task<WrittenClaim> ClaimRetriedAsync(CancellationToken stopping)
    {
        isRetryNext = false;
        var began = time.GetTimestamp();
        try
        {
            return await ClaimLaneAsync(retried, stopping) with { IsMore = true };
        }
        finally
        {
            var length = time.GetElapsedTime(began) * (ShareOfRetries - 1);
            rest = (time.GetTimestamp(), length > ShortestRest ? length : ShortestRest);
        }
    }

    private async Task<WrittenClaim> ClaimLanesAsync(CancellationToken stopping)
    {
        if (lanes == full)
        {
            try
            {
                return await postgres.HereAsync((here, token) => ClaimAsync(here, full, token), stopping);
            }
            catch (Exception e) when (RowFault.IsPossible(e) && !stopping.IsCancellationRequested)
            {
                if (isRepeated)
                {
                    // The same once more, with a savepoint.
                    return WrittenClaim.Nothing(isMore: true);
                }

                lanes = Narrower(full);
                return IsSlow(e) ? throw Outage(e) : WrittenClaim.Nothing(isMore: true);
            }
        }

        var written = WrittenClaim.Nothing(isMore: false);
        foreach (var lane in lanes.Single)
        {
            written = written.And(await ClaimLaneAsync(lane, stopping));
        }

        return written;
    }

    /// <summary>One kind of schedules in a transaction of its own, so that the others do not suffer.</summary>
    private async Task<WrittenClaim> ClaimLaneAsync(ClaimLanes lane, CancellationToken stopping)
    {
        try
        {
            var written = await postgres.HereAsync((here, token) => ClaimAsync(here, lane, token), stopping);
            Resize(lane, Wider(lane));
            return written;
        }
        catch (Exception e) when (RowFault.IsPossible(e) && !stopping.IsCancellationRequested)
        {
            if (!lane.IsOne)
            {
                Resize(lane, Narrower(lane));
                return IsSlow(e) ? throw Outage(e) : WrittenClaim.Nothing(isMore: true);
            }

            // The one that this claim took. When there is none, it was no row.
            if (walk.Head is not { } head)
            {
                throw Outage(e);
            }

            await postgres.CommittedAsync(
                (here, token) => SetAsideAsync(here, [(head.Id, head.Name, RowFault.Text(e))], RetryAfter, token), stopping);
            return WrittenClaim.Nothing(isMore: true);
        }
    }

    private void Resize(ClaimLanes lane, ClaimLanes size)
    {
        if (lane.Ahead > 0)
        {
            ahead = size.Ahead;
        }
        else if (lane.Again > 0)
        {
            retried = size;
        }
        else
        {
            lanes = lanes.With(lane, size);
        }
    }

    private async Task<WrittenClaim> ClaimAsync(Here here, ClaimLanes taken, CancellationToken stopping)
    {
        var asked = time.GetTimestamp();
        (walk.Head, isRepeated) = (null, false);
        await using var transaction = await here.Connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
        var claim = await ClaimStore.ClaimAsync(here, taken, walk, options, stopping);
        var answered = time.GetTimestamp();
        if (claim.Due.Count == 0 || claim.IsStale)
        {
            await transaction.CommitAsync(stopping);
            return new WrittenClaim(claim.Now, [], [], claim.IsMore, claim.Wait)
            {
                IsBehind = claim.IsBehind || claim.IsStale,
                IsAnyAgain = claim.IsAnyAgain,
                Asked = asked,
                Answered = answered,
            };
        }

        var written = await WriteAsync(here, claim, taken, stopping);
        await transaction.CommitAsync(stopping);
        var rest = written.Wait - time.GetElapsedTime(answered);
        return written with
        {
            Wait = rest < TimeSpan.Zero ? TimeSpan.Zero : rest,
            IsBehind = claim.IsBehind,
            IsAnyAgain = claim.IsAnyAgain || written.IsAnyAgain,
            Asked = asked,
            Answered = answered,
        };
    }

    private async Task<WrittenClaim> WriteAsync(Here here, Claim claim, ClaimLanes taken, CancellationToken stopping)
    {
        groups.Start([.. claim.Due.Select(schedule => TickPlan.Make(schedule, claim.Now))]);
        var plans = new List<TickPlan>();
        var inserted = new HashSet<Guid>();
        var refused = new List<(Guid Id, string Name, string Problem)>();
        var slow = new List<(Guid Id, string Name, string Problem)>();
        var (isMore, isSplit) = (claim.IsMore, groups.Count > 1);
        var hasSavepoint = isSplit || taken != full || (refusedAt is { } at && time.GetElapsedTime(at) < Careful);
        var isSlow = wasCutOff;
        wasCutOff = false;
        long? began = null;
        while (groups.TryTake(out var group))
        {
            var isRetried = group[0].Schedule.IsRetried;
            try
            {
                var tasks = await ClaimStore.WriteAsync(here, group, hasSavepoint, (isSplit || isSlow) && !isRetried, options.HandOver, stopping);
                inserted.UnionWith(tasks);
                plans.AddRange(group);
                groups.Settle(group);
                if (isSplit)
                {
                    await ClaimStore.KeepAsync(here, stopping);
                }
            }
            catch (Exception e) when (!hasSavepoint && RowFault.IsRefusal(e) && !RowFault.IsPassing(e))
            {
                (refusedAt, wasCutOff, isRepeated) = (time.GetTimestamp(), RowFault.IsCutOff(e), true);
                throw;
            }
            catch (Exception e) when (hasSavepoint && IsToBeSplit(here, e, isAlone: isSplit && group.Count == 1))
            {
                await ClaimStore.UndoAsync(here, stopping);
                isSplit = true;
                if (group.Count == 1)
                {
                    var schedule = group[0].Schedule;
                    (RowFault.IsCutOff(e) && !isRetried ? slow : refused).Add((schedule.Id, schedule.Name, RowFault.Text(e)));
                    groups.Settle(group);
                }
                else
                {
                    groups.Split(group);
                }
            }

            // Only splitting is limited: the first group is written by every claim, however long it takes.
            began ??= time.GetTimestamp();
            if (isSplit && groups.Count > 0 && time.GetElapsedTime(began.Value) > Patience && plans.Count + refused.Count + slow.Count > 0)
            {
                isMore = true;
                break;
            }
        }

        if (refused.Count > 0)
        {
            await SetAsideAsync(here, refused, RetryAfter, stopping);
        }

        if (slow.Count > 0)
        {
            // Perhaps the server was slow: they are tried once more at once, with more time, and told of when that is not enough.
            walk.Look(isAnyAside: true, isBehind: true);
            var suspects = slow.Select(entry => (entry.Id, $"{entry.Problem}; tried again on its own"));
            await ClaimStore.SetAsideAsync(here, [.. suspects], TimeSpan.Zero, stopping);
        }

        await TakeBackAsync(here, plans, stopping);
        var ticks = plans.SelectMany(plan => TicksOf(plan, inserted));
        var waits = plans.Select(plan => plan.NextDue - claim.Now).Append(claim.Wait);
        return new WrittenClaim(claim.Now, plans, [.. ticks], isMore, waits.Min()) { IsAnyAgain = slow.Count > 0 };
    }

    // After some errors the server, or the driver, ends the connection, and the savepoint with it: smaller claims find the row then. A lock that is waited for in vain
    // is nobody's fault, but where a row is alone with it, the others need not wait.
    private static bool IsToBeSplit(Here here, Exception e, bool isAlone) =>
        here.Connection.State == System.Data.ConnectionState.Open && RowFault.IsRefusal(e) && (isAlone || !RowFault.IsPassing(e));

    private static IEnumerable<Tick> TicksOf(TickPlan plan, HashSet<Guid> inserted) =>
        plan.Ticks.Select(nominal => new Tick(plan.Schedule, nominal, TickState.Pending)).Where(tick => inserted.Contains(tick.Id));

    private async Task<int> SetAsideAsync(
        Here here, List<(Guid Id, string Name, string Problem)> refused, TimeSpan retryAfter, CancellationToken stopping)
    {
        walk.Look(isAnyAside: true, isBehind: true);
        var fresh = await ClaimStore.SetAsideAsync(here, [.. refused.Select(entry => (entry.Id, entry.Problem))], retryAfter, stopping);
        foreach (var (_, name, problem) in refused.Where(entry => fresh.Contains(entry.Id)))
        {
            LogSetAside(logger, name, problem);
        }

        return refused.Count;
    }

    private async Task TakeBackAsync(Here here, List<TickPlan> plans, CancellationToken stopping)
    {
        var back = plans.FindAll(plan => plan.Schedule.IsSetAside);
        if (back.Count > 0)
        {
            await ClaimStore.TakeBackAsync(here, [.. back.Select(plan => plan.Schedule.Id)], stopping);
            foreach (var plan in back)
            {
                LogTakenBack(logger, plan.Schedule.Name);
            }
        }
    }

    private static ClaimLanes Narrower(ClaimLanes lanes) =>
        new(Smaller(lanes.OnTime), Smaller(lanes.Late), Smaller(lanes.Fresh), Smaller(lanes.Again), Smaller(lanes.Ahead));

    private ClaimLanes Wider(ClaimLanes lane) => new(
        Math.Min(lane.OnTime * Narrowing, full.OnTime),
        Math.Min(lane.Late * Narrowing, full.Late),
        Math.Min(lane.Fresh * Narrowing, full.Fresh),
        Math.Min(lane.Again * Narrowing, allRetried.Again),
        Math.Min(lane.Ahead * Narrowing, options.BatchSize));

    private static int Smaller(int most) => most == 0 ? 0 : Math.Max(1, most / Narrowing);

    // It may be the row, and it may be the server: the log is to tell of it, and the loop to pause.
    private static bool IsSlow(Exception e) => RowFault.IsPassing(e) || (e is DatabaseUnavailableException && e.InnerException is not PostgresException);

    private static DatabaseUnavailableException Outage(Exception e) => e as DatabaseUnavailableException ?? new DatabaseUnavailableException(RowFault.Text(e), e);

    [LoggerMessage(LogLevel.Warning, "Schedule {Schedule} is set aside until it can be moved on; all others go on: {Problem}")]
    private static partial void LogSetAside(ILogger logger, string schedule, string problem);

    [LoggerMessage(LogLevel.Information, "Schedule {Schedule} runs again")]
    private static partial void LogTakenBack(ILogger logger, string schedule);
}
