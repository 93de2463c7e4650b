using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Observability;

namespace TaskRunner.Worker;

/// <summary>
/// The worker's one loop: settles what finished, fetches what fits, starts it, sleeps. Loop and step are apart: <see cref="TurnAsync"/> is one turn.
/// </summary>
internal sealed partial class Fetcher : IDisposable
{
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OutagePause = TimeSpan.FromMilliseconds(200);

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
    private readonly CancellationTokenSource interrupted = new();
    private readonly OutageLog outage;
    private WorkerPlan plan;
    private Incarnation? incarnation;
    private bool replyLost;

    public Fetcher(
        RedisBroker broker, WakeListener listener, Heartbeater heartbeater, Processor processor, CurrentPlan current, WorkerOptions options, IWorkerObserver observer, TimeProvider time, ILogger logger)
    {
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
        heartbeater.TasksCancelled += tasks.NoteCancelled;
        outage = new OutageLog("The broker is unavailable", time, logger);
    }

    /// <summary>How many tasks run now.</summary>
    public int Running => tasks.Count;

    /// <summary>Ids of tasks that are held and not started: the suspect that waits until it is alone.</summary>
    public IReadOnlyList<string> Reserved => tasks.Reserved;

    /// <summary>Runs until the drain is over: after <paramref name="stopping"/> nothing new is fetched, what runs may finish.</summary>
    /// <returns>Whether every task finished by itself; false when some were cancelled at the end of the drain time.</returns>
    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        await heartbeater.Taken.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var drain = new DrainClock(options.Drain, time, stopping);
        while (true)
        {
            observer.LoopTurned();
            tasks.CancelNoted();
            tasks.Collect();
            if (drain.Started && tasks.Count == 0 && tasks.Settlements.Count == 0)
            {
                return !interrupted.IsCancellationRequested;
            }

            if (drain.IsOver && !interrupted.IsCancellationRequested)
            {
                LogDrainOver(logger, options.Drain.TotalSeconds, tasks.Count);
                await interrupted.CancelAsync();
            }

            if (drain.IsOverdue)
            {
                // Tasks that ignore their cancellation end with the process; giving up the lease puts them back.
                LogTasksIgnoreCancellation(logger, tasks.Count);
                return false;
            }

            try
            {
                if (await TurnAsync(drain.Started))
                {
                    outage.Succeeded();

                    // What was just started goes first: short tasks have ended then, and one round trip settles them all.
                    await Task.Yield();
                }
                else
                {
                    await SleepAsync(drain);
                }
            }
            catch (BrokerUnavailableException e)
            {
                outage.Failed(e);
                rotation.SuspectAll();
                await Task.Delay(OutagePause, time, CancellationToken.None);
            }
        }
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
        var free = draining || replyLost ? 0 : plan.Concurrency - tasks.Count;
        var queue = free > 0 ? rotation.Next() : null;
        if (tasks.Settlements.Count == 0 && queue is null)
        {
            tasks.StartSuspect();
            return replyLost ? await ReclaimAsync(live) : promoted;
        }

        IReadOnlyDictionary<string, StepReply> replies;
        try
        {
            replies = await broker.StepAsync(live.Name, tasks.Settlements, queue is null ? [] : [(queue, free)], CancellationToken.None);
        }
        catch (BrokerUnavailableException e) when (e.OutcomeUnknown && queue is not null)
        {
            replyLost = true;
            throw;
        }

        var settled = tasks.Settlements.Where(s => s is not Release).Select(s => s.Queue).Distinct(StringComparer.Ordinal).ToList();
        tasks.Settlements.Clear();
        foreach (var (name, reply) in replies)
        {
            Take(name, reply, name == queue ? free : 0);
        }

        if (settled.Count > 0)
        {
            observer.TasksSettled(settled);
        }

        tasks.StartSuspect();

        if (replyLost)
        {
            await ReclaimAsync(live);
        }

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
            replyLost = false;
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
            rotation.SuspectAll();
        }
    }

    private void Take(string queue, StepReply reply, int asked)
    {
        if (reply.LeaseLost)
        {
            heartbeater.RenewNow();
            return;
        }

        Count(queue, reply.Expired, reply.Cancelled);
        rotation.SetDue(queue, reply.NextDue is { } wait ? Now() + (long)wait.TotalMilliseconds : null);
        if (asked > 0)
        {
            if (reply.Messages.Count < asked && !reply.MayHaveMore)
            {
                rotation.Empty(queue);
            }

            rotation.Fetched(queue, reply.Messages.Count);
            observer.TasksFetched(queue, reply.Messages.Count);
        }

        foreach (var held in reply.Messages)
        {
            tasks.Admit(held);
        }
    }

    private void Count(string queue, int expired, int cancelled)
    {
        if (expired > 0)
        {
            observer.TasksEnded(queue, TaskOutcome.Expired, expired);
        }

        if (cancelled > 0)
        {
            observer.TasksEnded(queue, TaskOutcome.Cancelled, cancelled);
        }
    }

    /// <summary>After a reply was lost the broker may book tasks on this worker that it never saw: it asks, and starts them.</summary>
    private async Task<bool> ReclaimAsync(Incarnation live)
    {
        var found = 0;
        foreach (var queue in current.LeasedQueues)
        {
            foreach (var held in (await broker.HeldAsync(live.Name, queue, CancellationToken.None)).Where(h => !tasks.Contains(h)))
            {
                tasks.Admit(held);
                found++;
            }
        }

        replyLost = false;
        tasks.StartSuspect();
        LogReclaimed(logger, found);
        return true;
    }

    private async Task<bool> PromoteDueAsync()
    {
        var any = false;
        foreach (var queue in rotation.Due(Now()).ToList())
        {
            var reply = await broker.PromoteAsync(queue, 500, CancellationToken.None);
            Count(queue, reply.Expired, cancelled: 0);
            rotation.SetDue(queue, reply.NextDue is { } wait ? Now() + (long)wait.TotalMilliseconds : null);
            if (reply.Moved > 0 || reply.QueueOpened)
            {
                rotation.Suspect(queue);
                any = true;
            }
        }

        return any;
    }

    /// <summary>Sleeps until a task finishes, the broker has something, a delayed task is due, or the drain begins or ends.</summary>
    private async Task SleepAsync(DrainClock drain)
    {
        var hasRoom = !drain.Started && tasks.Count < plan.Concurrency && plan.Queues.Count > 0;
        var longest = LongestTurn;
        if (hasRoom && rotation.EarliestDue is { } due)
        {
            longest = TimeSpan.FromMilliseconds(Math.Clamp(due - Now(), 0, (long)LongestTurn.TotalMilliseconds));
        }

        await sleeper.SleepAsync(rotation, longest, hasRoom && incarnation is { IsOver: false }, [tasks.AnyFinished(), .. drain.Events]);
    }

    private static long Now() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    [LoggerMessage(LogLevel.Information, "A reply of the broker was lost; {Count} tasks that it had booked on this worker are started")]
    private static partial void LogReclaimed(ILogger logger, int count);

    [LoggerMessage(LogLevel.Warning, "The drain time of {Seconds} s is over: {Count} tasks are cancelled and put back")]
    private static partial void LogDrainOver(ILogger logger, double seconds, int count);

    [LoggerMessage(LogLevel.Warning, "{Count} tasks ignore their cancellation; they are put back and end with the process")]
    private static partial void LogTasksIgnoreCancellation(ILogger logger, int count);
}
