using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Observability;

namespace TaskRunner.Worker;

/// <summary>
/// The worker's one loop: settles what finished, fetches what fits, starts it, sleeps. It alone touches the list of running
/// tasks. Loop and step are apart: <see cref="TurnAsync"/> is one turn.
/// </summary>
internal sealed partial class Fetcher(
    RedisBroker broker, WakeListener listener, Heartbeater heartbeater, Processor processor, CurrentPlan current, WorkerOptions options, IWorkerObserver observer, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OutagePause = TimeSpan.FromMilliseconds(200);

    private readonly Channel<(Incarnation Incarnation, ProcessedTask Task)> finished =
        Channel.CreateUnbounded<(Incarnation, ProcessedTask)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly QueueRotation rotation = new(current.Plan);
    private readonly Sleeper sleeper = new(listener, time, logger);
    private readonly Dictionary<(string Queue, string Id), Held> running = [];
    private readonly List<Settlement> pending = [];
    private readonly SuspectGate suspects = new(broker.Options.MaxRedeliveries);
    private readonly CancellationTokenSource interrupted = new();
    private readonly OutageLog outage = new("The broker is unavailable", time, logger);
    private WorkerPlan plan = current.Plan;
    private Incarnation? incarnation;
    private CancellationTokenSource? tasksEnd;
    private bool replyLost;
    private int runningCount;

    /// <summary>How many tasks run now.</summary>
    public int Running => Volatile.Read(ref runningCount);

    /// <summary>Runs until the drain is over: after <paramref name="stopping"/> nothing new is fetched, what runs may finish.</summary>
    /// <returns>Whether every task finished by itself; false when some were cancelled at the end of the drain time.</returns>
    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        await heartbeater.Taken.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var drain = new DrainClock(options.Drain, time, stopping);
        while (true)
        {
            observer.LoopTurned();
            CollectFinished();
            if (drain.Started && running.Count == 0 && pending.Count == 0)
            {
                return !interrupted.IsCancellationRequested;
            }

            if (drain.IsOver && !interrupted.IsCancellationRequested)
            {
                LogDrainOver(logger, options.Drain.TotalSeconds, running.Count);
                await interrupted.CancelAsync();
            }

            if (drain.IsOverdue)
            {
                // Tasks that ignore their cancellation end with the process; giving up the lease puts them back.
                LogTasksIgnoreCancellation(logger, running.Count);
                return false;
            }

            try
            {
                if (await TurnAsync(drain.Started))
                {
                    outage.Succeeded();
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
        var free = draining || replyLost ? 0 : plan.Concurrency - running.Count;
        var queue = free > 0 ? rotation.Next() : null;
        if (pending.Count == 0 && queue is null)
        {
            StartSuspect(live);
            return replyLost ? await ReclaimAsync(live) : promoted;
        }

        IReadOnlyDictionary<string, StepReply> replies;
        try
        {
            replies = await broker.StepAsync(live.Name, pending, queue is null ? [] : [(queue, free)], CancellationToken.None);
        }
        catch (BrokerUnavailableException e) when (e.OutcomeUnknown && queue is not null)
        {
            replyLost = true;
            throw;
        }

        var settled = pending.Where(s => s is not Release).Select(s => s.Queue).Distinct(StringComparer.Ordinal).ToList();
        pending.Clear();
        foreach (var (name, reply) in replies)
        {
            Take(live, name, reply, name == queue ? free : 0);
        }

        if (settled.Count > 0)
        {
            observer.TasksSettled(settled);
        }

        StartSuspect(live);

        if (replyLost)
        {
            await ReclaimAsync(live);
        }

        return true;
    }

    public void Dispose()
    {
        interrupted.Dispose();
        tasksEnd?.Dispose();
    }

    /// <summary>Forgets everything of a life that is over: its tasks belong to others now.</summary>
    private Incarnation FollowIncarnation()
    {
        var live = heartbeater.Current;
        if (!ReferenceEquals(live, incarnation))
        {
            incarnation = live;
            tasksEnd = CancellationTokenSource.CreateLinkedTokenSource(live.Ended, interrupted.Token);
            running.Clear();
            pending.Clear();
            suspects.Clear();
            Volatile.Write(ref runningCount, 0);
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

    private void CollectFinished()
    {
        while (finished.Reader.TryRead(out var end))
        {
            observer.TaskFinished(end.Task);
            if (ReferenceEquals(end.Incarnation, incarnation) && running.Remove((end.Task.Settlement.Queue, end.Task.Settlement.Id)))
            {
                suspects.Finished(end.Task.Settlement.Id);
                pending.Add(end.Task.Settlement);
            }
            else
            {
                LogSuperseded(logger, end.Task.Settlement.Id, end.Incarnation.Name);
            }
        }

        Volatile.Write(ref runningCount, running.Count);
    }

    private void Take(Incarnation live, string queue, StepReply reply, int asked)
    {
        if (reply.LeaseLost)
        {
            heartbeater.RenewNow();
            return;
        }

        rotation.SetDue(queue, reply.NextDelayed is { } wait ? Now() + (long)wait.TotalMilliseconds : null);
        if (asked > 0)
        {
            if (reply.Messages.Count < asked)
            {
                rotation.Empty(queue);
            }

            rotation.Fetched(queue, reply.Messages.Count);
            observer.TasksFetched(queue, reply.Messages.Count);
        }

        foreach (var held in reply.Messages)
        {
            Admit(live, held);
        }
    }

    private void Admit(Incarnation live, Held held)
    {
        switch (suspects.Judge(held))
        {
            case SuspectVerdict.Innocent:
                Start(live, held);
                break;
            case SuspectVerdict.Alone:
                running[(held.Queue, held.Id)] = held;
                break;
            default:
                pending.Add(new Retry(held.Id, held.Queue, held.Bytes, SuspectGate.Pause, []));
                break;
        }
    }

    /// <summary>A suspect starts once the broker has taken back the other ones: what it may take down must not be held here.</summary>
    private void StartSuspect(Incarnation live)
    {
        if (pending.Count == 0 && suspects.TakeWaiting() is { } held)
        {
            Start(live, held);
        }
    }

    private void Start(Incarnation live, Held held)
    {
        running[(held.Queue, held.Id)] = held;
        Volatile.Write(ref runningCount, running.Count);
        var ended = tasksEnd!.Token;
        _ = Task.Run(async () => finished.Writer.TryWrite((live, await processor.RunAsync(held, live.Name, ended))), CancellationToken.None);
    }

    /// <summary>After a reply was lost the broker may book tasks on this worker that it never saw: it asks, and starts them.</summary>
    private async Task<bool> ReclaimAsync(Incarnation live)
    {
        var found = 0;
        foreach (var queue in current.LeasedQueues)
        {
            foreach (var held in (await broker.HeldAsync(live.Name, queue, CancellationToken.None)).Where(h => !running.ContainsKey((h.Queue, h.Id))))
            {
                Admit(live, held);
                found++;
            }
        }

        replyLost = false;
        StartSuspect(live);
        LogReclaimed(logger, found);
        return true;
    }

    private async Task<bool> PromoteDueAsync()
    {
        var any = false;
        foreach (var queue in rotation.Due(Now()).ToList())
        {
            var (promoted, next) = await broker.PromoteAsync(queue, 500, CancellationToken.None);
            rotation.SetDue(queue, next is { } wait ? Now() + (long)wait.TotalMilliseconds : null);
            if (promoted > 0)
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
        var hasRoom = !drain.Started && running.Count < plan.Concurrency;
        var longest = LongestTurn;
        if (hasRoom && rotation.EarliestDue is { } due)
        {
            longest = TimeSpan.FromMilliseconds(Math.Clamp(due - Now(), 0, (long)LongestTurn.TotalMilliseconds));
        }

        var anyFinished = finished.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        await sleeper.SleepAsync(rotation, longest, hasRoom && incarnation is { IsOver: false }, [anyFinished, .. drain.Events]);
    }

    private static long Now() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    [LoggerMessage(LogLevel.Information, "A reply of the broker was lost; {Count} tasks that it had booked on this worker are started")]
    private static partial void LogReclaimed(ILogger logger, int count);

    [LoggerMessage(LogLevel.Warning, "Task {Id} ended after {Worker} had lost its lease: its result is superseded")]
    private static partial void LogSuperseded(ILogger logger, string id, string worker);

    [LoggerMessage(LogLevel.Warning, "The drain time of {Seconds} s is over: {Count} tasks are cancelled and put back")]
    private static partial void LogDrainOver(ILogger logger, double seconds, int count);

    [LoggerMessage(LogLevel.Warning, "{Count} tasks ignore their cancellation; they are put back and end with the process")]
    private static partial void LogTasksIgnoreCancellation(ILogger logger, int count);
}
