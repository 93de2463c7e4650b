using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Redis;

namespace TaskRunner.Worker;

/// <summary>
/// The worker's one loop: settles what finished, fetches what fits, starts it, sleeps. Loop and step are apart: <see cref="TurnAsync"/> is one turn.
/// </summary>
internal sealed partial class Fetcher : IDisposable
{
    // A little longer than an idle worker takes, which looks by itself.
    private static readonly TimeSpan LongestUnseen = WakeListener.Longest + TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(1);
    private static readonly string Promotion = BrokerScripts.Promote.Name;
    private static readonly TimeSpan OutagePause = TimeSpan.FromMilliseconds(200);

    private readonly SupervisedLoop loop;
    private readonly RedisBroker broker;
    private readonly Heartbeater heartbeater;
    private readonly CurrentPlan current;
    private readonly WorkerOptions options;
    private readonly IWorkerObserver observer;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly QueueRotation rotation;
    private readonly Sleeper sleeper;
    private readonly HeldTasks tasks;
    private readonly Intake intake;
    private readonly LostReplies lost;
    private readonly RestingQueues resting;
    private readonly RefusedWork refused;
    private readonly CancellationTokenSource interrupted = new();
    private readonly OutageLog outage;
    private WorkerPlan plan;
    private Incarnation? incarnation;
    private long lookedAt;
    private bool resultsInDoubt;

    public Fetcher(
        RedisBroker broker, WakeListener listener, Heartbeater heartbeater, Processor processor, CurrentPlan current, WorkerOptions options, IWorkerObserver observer, SupervisedLoop loop, TimeProvider time, ILogger logger)
    {
        this.loop = loop;
        this.broker = broker;
        this.heartbeater = heartbeater;
        this.current = current;
        this.options = options;
        plan = current.Plan;
        this.observer = observer;
        this.time = time;
        this.logger = logger;
        rotation = new QueueRotation(plan);
        sleeper = new Sleeper(listener, time, logger);
        tasks = new HeldTasks(processor, observer, broker.Options, time, logger, interrupted.Token);
        intake = new Intake(rotation, tasks, heartbeater, observer);
        lost = new LostReplies(broker, tasks, current, observer.LoopTurned, logger);
        resting = new RestingQueues(time);
        refused = new RefusedWork(broker.Faults, time, logger);
        heartbeater.TasksCancelled += tasks.NoteCancelled;
        outage = new OutageLog("The broker is unavailable", time, logger);
    }

    /// <summary>Slots that the fetch in the broker may fill.</summary>
    private int Promised => sleeper.Promised(incarnation, lost.Generation);

    /// <summary>Whether a fetch stands in the broker that was not called back.</summary>
    private bool MayRecall => Promised > 0 && sleeper.Standing is { IsRecalled: false };

    /// <summary>The queue of a worker that takes from one; null for several, whose sleep is not told which of them will have something.</summary>
    private string? OnlyQueue => plan.Queues is [var only] ? only.Name : null;

    /// <summary>How many tasks run now.</summary>
    public int Running => tasks.Count;

    /// <summary>Ids of tasks that are held and not started, 100 at most.</summary>
    public IReadOnlyList<string> Reserved => tasks.Reserved;

    /// <summary>How many tasks are held and not started.</summary>
    public int Waiting => tasks.Waiting;

    /// <summary>Why the broker, which answers, refuses the turns of this loop; null when it does not.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Runs until the drain is over: after <paramref name="stopping"/> nothing new is fetched, what runs may finish.</summary>
    /// <returns>Whether every task finished by itself; false when some were cancelled at the end of the drain time.</returns>
    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        await heartbeater.Taken.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var drain = new DrainClock(options.Drain, time, stopping);
        while (true)
        {
            try
            {
                if (await RoundAsync(drain) is { } clean)
                {
                    return clean;
                }

                Refusal = null;
                loop.Turned();
            }
            catch (BrokerUnavailableException e)
            {
                outage.Failed(e);
                Refusal = e.InnerException is RedisServerException ? e.Message : null;
                rotation.SuspectAll();
                await Task.Delay(OutagePause, time, CancellationToken.None);
            }
            catch (Exception e) when (Survivable.Any(e))
            {
                loop.Failed(e);

                // Whatever was on its way: the broker says what this life holds, and results may wait that nobody was told of.
                lost.Note();
                rotation.SuspectAll();
                resultsInDoubt = true;
                await loop.PauseAsync(CancellationToken.None);
            }

            if (drain.IsOverdue)
            {
                // Tasks that ignore their cancellation end with the process; giving up the lease puts them back.
                LogTasksIgnoreCancellation(logger, tasks.Count);
                return false;
            }
        }
    }

    /// <summary>Takes in what ended, then one turn or a sleep.</summary>
    /// <returns>Null while the worker goes on; at the end of the drain, whether every task finished by itself.</returns>
    private async Task<bool?> RoundAsync(DrainClock drain)
    {
        loop.Step("collect");
        observer.LoopTurned();
        tasks.CancelNoted();
        tasks.Collect();
        if (drain.Started && tasks.Count == 0 && tasks.Settlements.Count == 0 && !MayRecall)
        {
            return !interrupted.IsCancellationRequested;
        }

        if (drain.IsOver && !interrupted.IsCancellationRequested)
        {
            // The callbacks of the tasks' tokens run on the thread pool: they may block or throw.
            _ = interrupted.CancelAsync();
            LogDrainOver(logger, options.Drain.TotalSeconds, tasks.Count);
        }

        if (drain.IsOverdue)
        {
            return null;
        }

        if (resultsInDoubt)
        {
            observer.TasksSettled(current.LeasedQueues);
            resultsInDoubt = false;
        }

        loop.Step("turn");
        if (await TurnAsync(drain.Started) || await SleepAsync(drain))
        {
            outage.Succeeded();

            // What was just started goes first: short tasks have ended then, and one round trip settles them all.
            await Task.Yield();
        }

        return null;
    }

    /// <summary>One turn: settle and fetch in one round trip.</summary>
    /// <returns>Whether there was anything to do.</returns>
    internal async Task<bool> TurnAsync(bool draining)
    {
        var live = FollowIncarnation();
        if (live.IsOver)
        {
            // The heartbeat is about to replace it; until then there is nobody to fetch for.
            return false;
        }

        FollowPlan();
        var promoted = !draining && await PromoteDueAsync();
        foreach (var rested in resting.Over())
        {
            rotation.Suspect(rested);
        }

        if (plan.Queues.Count > 1 && time.GetElapsedTime(Math.Max(lookedAt, sleeper.LookedAt)) >= LongestUnseen)
        {
            // A producer that pushes without a wake-up token is not to wait until all other queues are quiet.
            lookedAt = time.GetTimestamp();
            rotation.SuspectAll();
        }

        var free = draining || lost.Any ? 0 : plan.Concurrency - tasks.Count - Promised;
        var queue = free > 0 ? rotation.Next() : null;
        if (queue is not null && resting.Contains(queue))
        {
            rotation.Empty(queue);
            queue = null;
        }

        var settlements = refused.Without(resting.Without(tasks.Settlements));
        if (settlements.Count == 0 && queue is null)
        {
            tasks.StartSuspect();
            return await lost.ReclaimAsync(live, draining) || promoted;
        }

        IReadOnlyDictionary<string, StepReply> replies;
        var denied = new List<RefusedSettlements>();
        try
        {
            Fetch[] fetches = queue is null ? [] : [new Fetch(queue, free, lost.Generation)];
            replies = await broker.StepAsync(live.Name, settlements, fetches, denied, CancellationToken.None);
        }
        catch (BrokerUnavailableException e) when (e.OutcomeUnknown && queue is not null)
        {
            lost.Note();
            throw;
        }
        catch (OutOfMemoryException) when (tasks.Shrink())
        {
            // Nothing was sent, since a request is written whole or not at all. The next turn sends less.
            return true;
        }

        loop.Step("settled");
        foreach (var (name, reply) in replies)
        {
            NoteFault(name, reply.Failure);
            if (reply.Failure is not null && name == queue)
            {
                lost.Note();
            }
        }

        refused.Sent(settlements, denied);
        bool IsSettled(Settlement s) => !resting.Contains(s.Queue) && !refused.Contains(s);
        var settled = settlements.Where(s => s is not Release && IsSettled(s)).Select(s => s.Queue).Distinct(StringComparer.Ordinal).ToList();
        tasks.Settlements.RemoveAll(IsSettled);
        foreach (var (name, reply) in replies)
        {
            var asked = name == queue ? free : 0;
            intake.Take(name, reply, asked, room: asked);
            if (resting.Contains(name))
            {
                rotation.Empty(name);
            }
        }

        if (settled.Count > 0)
        {
            observer.TasksSettled(settled);
        }

        tasks.StartSuspect();

        await lost.ReclaimAsync(live, draining);
        return true;
    }

    public void Dispose()
    {
        interrupted.Dispose();
        tasks.Dispose();
    }

    /// <summary>Forgets everything of a life that is over: its tasks belong to others now.</summary>
    private Incarnation FollowIncarnation()
    {
        var live = heartbeater.Current;
        if (!ReferenceEquals(live, incarnation))
        {
            incarnation = live;
            tasks.Begin(live);
            lost.Begin();
            refused.Begin();
            rotation.SuspectAll();
        }

        return live;
    }

    /// <summary>Takes over what `control` changed. A smaller concurrency holds once enough of what runs has finished.</summary>
    private void FollowPlan()
    {
        if (!ReferenceEquals(plan, current.Plan))
        {
            plan = current.Plan;
            rotation.Follow(plan);
            refused.Follow(plan);
            rotation.SuspectAll();
        }
    }

    /// <summary>A queue whose keys are not what they must be is left alone for a moment; the others go on.</summary>
    private void NoteFault(string queue, string? reason)
    {
        if (reason is null)
        {
            if (resting.HasFailed(queue) && broker.Faults.Trouble([queue]) is null)
            {
                resting.End(queue);
                LogQueueWorks(logger, queue);
            }
        }
        else if (resting.Begin(queue, reason))
        {
            LogQueueFails(logger, reason);
        }
    }

    private async Task<bool> PromoteDueAsync()
    {
        var any = false;
        foreach (var queue in rotation.Due(Intake.Now()).ToList())
        {
            PromoteReply reply;
            try
            {
                reply = await broker.PromoteAsync(queue, 500, CancellationToken.None);
            }
            catch (BrokerUnavailableException e) when (e is QueueFaultException or { InnerException: RedisServerException })
            {
                // It costs the delayed tasks only: what is ready is settled and fetched, and that is what frees memory.
                var reason = e is QueueFaultException ? e.Message : RedisBroker.RefusalOf(queue, Promotion, e.InnerException!.Message);
                refused.Note(queue, Promotion, reason);
                intake.NoteDue(queue, TimeSpan.FromSeconds(1));
                continue;
            }

            refused.Clear(queue, Promotion);
            intake.Count(queue, reply.Expired, cancelled: 0);
            intake.NoteDue(queue, reply.NextDue);

            // What was moved left a token, for a fetch that stands here or elsewhere.
            if (reply.QueueOpened || (reply.Moved > 0 && Promised == 0))
            {
                rotation.Suspect(queue);
                any = true;
            }
        }

        return any;
    }

    /// <summary>Sleeps until a task finishes, the broker has something, a delayed task is due, or the drain begins or ends.</summary>
    /// <returns>Whether a fetch that stood in the broker came back.</returns>
    private async Task<bool> SleepAsync(DrainClock drain)
    {
        loop.Step("sleep");
        var room = drain.Started || plan.Queues.Count == 0 ? 0 : plan.Concurrency - tasks.Count;
        var longest = LongestTurn;
        if (room > 0 && rotation.EarliestDue is { } due)
        {
            longest = TimeSpan.FromMilliseconds(Math.Clamp(due - Intake.Now(), 0, (long)LongestTurn.TotalMilliseconds));
        }

        if (MayRecall && (room <= 0 || OnlyQueue != sleeper.Standing!.Fetch.Queue || (rotation.AnySuspected && room <= Promised)))
        {
            // The worker drains, or follows another plan, or knows of something to fetch and has promised all its slots.
            await sleeper.RecallAsync(broker);
        }

        var standing = incarnation is { } life && OnlyQueue is { } queue ? new StandingFetch(life, new Fetch(queue, Math.Min(room, StandingFetch.MostTasks), lost.Generation)) : null;
        try
        {
            return await sleeper.SleepAsync(rotation, longest, room > 0 && incarnation is { IsOver: false }, standing, [tasks.AnyFinished(), .. drain.Events]) is var (fetch, reply)
                && TakeStanding(fetch, reply, drain.Started);
        }
        catch (BrokerUnavailableException e) when (e.OutcomeUnknown)
        {
            lost.Note();
            throw;
        }
    }

    private bool TakeStanding(StandingFetch standing, StepReply reply, bool draining)
    {
        if (!standing.IsGoodFor(incarnation, lost.Generation))
        {
            // What it took is another's, or was reclaimed.
            return false;
        }

        if (!heartbeater.IsHeld)
        {
            // This process stood still: another worker may have taken the tasks over meanwhile. The broker knows.
            lost.Note();
            return true;
        }

        var isWanted = !draining && plan.Queues.Any(q => q.Name == standing.Fetch.Queue);
        intake.Take(standing.Fetch.Queue, reply, standing.Fetch.Count, room: isWanted ? Math.Max(0, plan.Concurrency - tasks.Count) : 0);
        tasks.StartSuspect();
        return true;
    }

    [LoggerMessage(LogLevel.Error, "Queue failed; trying again each second: {Reason}")]
    private static partial void LogQueueFails(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "Queue '{Queue}' works again")]
    private static partial void LogQueueWorks(ILogger logger, string queue);

    [LoggerMessage(LogLevel.Warning, "The drain time of {Seconds} s is over: {Count} tasks are cancelled and put back")]
    private static partial void LogDrainOver(ILogger logger, double seconds, int count);

    [LoggerMessage(LogLevel.Warning, "{Count} tasks ignore their cancellation; they are put back and end with the process")]
    private static partial void LogTasksIgnoreCancellation(ILogger logger, int count);
}
