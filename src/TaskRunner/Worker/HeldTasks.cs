using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Observability;

namespace TaskRunner.Worker;

/// <summary>
/// The tasks that this worker holds in one life: starts them, and gathers how they ended until the broker is told.
/// For the fetch loop alone; the tasks themselves end on any thread.
/// </summary>
internal sealed partial class HeldTasks(Processor processor, IWorkerObserver observer, BrokerOptions broker, TimeProvider time, ILogger logger, CancellationToken interrupted) : IDisposable
{
    private const int MostReserved = 100;
    private static readonly TimeSpan SweepPause = TimeSpan.FromSeconds(1);

    private readonly Channel<RunningTask> finished = Channel.CreateUnbounded<RunningTask>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<RunningTask> formerLives = [];
    private readonly Dictionary<(string Queue, string Id), RunningTask> running = new(TaskPlaceComparer.Instance);
    private readonly ConcurrentQueue<(string Queue, string Id)> cancellations = new();
    private readonly SafeLogger log = new(logger);
    private readonly SuspectGate suspects = new(broker.MaxRedeliveries);
    private Incarnation? life;
    private CancellationTokenSource? tasksEnd;
    private int count;
    private long sweptAt;
    private volatile RunningTask[] waiting = [];

    /// <summary>How many tasks run now; any thread may ask.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>What became of tasks, and is not yet with the broker.</summary>
    public List<Settlement> Settlements { get; } = [];

    /// <summary>Ids of tasks that are held and not started, 100 at most: the suspect that waits until it is alone, and those that wait for a thread. Any thread may ask.</summary>
    public IReadOnlyList<string> Reserved =>
        [.. waiting.Where(IsWaiting).Select(task => task.Held.Id).Concat(suspects.Waiting is { } id ? [id] : []).Distinct(StringComparer.Ordinal).Take(MostReserved)];

    /// <summary>How many tasks are held and wait for a thread, among those that did so at the last look. Any thread may ask.</summary>
    public int Waiting => waiting.Count(IsWaiting);

    public bool Contains(string queue, string id) => running.ContainsKey((queue, id));

    /// <summary>Whether a task has ended here, and the broker has not been told yet.</summary>
    public bool IsSettling(string queue, string id) => Settlements.Exists(s => s.Id == id && s.Queue == queue);

    /// <summary>Begins a new life: what was held in the one before belongs to others now, and what the broker has not yet heard of it comes too late.</summary>
    public void Begin(Incarnation next)
    {
        foreach (var late in Settlements)
        {
            NoteSuperseded(late, life!);
        }

        foreach (var task in running.Values)
        {
            // What has not started need not. The others end as they like, and are watched until they have.
            if (task.Phase == AttemptPhase.Waiting)
            {
                task.TryEnd(new ProcessedTask(new Release(task.Held.Id, task.Held.Queue), null, TaskOutcome.Released, TimeSpan.Zero));
                task.Dispose();
            }
            else
            {
                formerLives.Add(task);
            }
        }

        life = next;
        tasksEnd = CancellationTokenSource.CreateLinkedTokenSource(next.Ended, interrupted);
        running.Clear();
        Settlements.Clear();
        suspects.Clear();
        Volatile.Write(ref count, 0);
    }

    /// <summary>Starts a task that was fetched; a suspect waits, or is given back for a moment.</summary>
    public void Admit(Held held)
    {
        switch (suspects.Judge(held))
        {
            case SuspectVerdict.Innocent:
                Start(held);
                break;
            case SuspectVerdict.Alone:
                running[(held.Queue, held.Id)] = Track(held);
                Volatile.Write(ref count, running.Count);
                break;
            default:
                Settlements.Add(new Retry(held.Id, held.Queue, held.Bytes, SuspectGate.Pause, []));
                break;
        }
    }

    /// <summary>Puts a task back at the head of its list that was fetched and is not to start here.</summary>
    public void GiveBack(Held held) => GiveBack(held.Queue, held.Id);

    /// <inheritdoc cref="GiveBack(Held)"/>
    public void GiveBack(string queue, string id) => Settlements.Add(new Release(id, queue));

    /// <summary>A suspect starts once the broker has taken back the other ones: what it may take down must not be held here.</summary>
    public void StartSuspect()
    {
        if (Settlements.Count == 0 && suspects.TakeWaiting() is { } held)
        {
            Start(held);
        }
    }

    /// <summary>Notes that tasks were cancelled; any thread may call.</summary>
    public void NoteCancelled(IReadOnlyList<(string Queue, string Id)> cancelled)
    {
        foreach (var task in cancelled)
        {
            cancellations.Enqueue(task);
        }
    }

    /// <summary>Cancels the tokens of tasks that were cancelled. What is not running here has ended already, or is another life's.</summary>
    public void CancelNoted()
    {
        while (cancellations.TryDequeue(out var task))
        {
            if (running.TryGetValue(task, out var found) && found.Cancel())
            {
                LogCancelled(log, task.Id);
            }
        }
    }

    /// <summary>Turns what ended into settlements, and looks after attempts that do not end by themselves.</summary>
    public void Collect()
    {
        CollectFinished();
        if (sweptAt == 0 || time.GetElapsedTime(sweptAt) >= SweepPause)
        {
            sweptAt = time.GetTimestamp();
            Sweep();
            CollectFinished();
            processor.Ledger.Balance();
        }

        Volatile.Write(ref count, running.Count);
    }

    /// <summary>Makes settlements small that could not be sent because memory is short: the broker has their messages, and takes tasks that gave up by their id.</summary>
    /// <returns>Whether any is smaller than before.</returns>
    public bool Shrink()
    {
        var before = Settlements.Sum(Size);
        for (var i = 0; i < Settlements.Count; i++)
        {
            Settlements[i] = Settlements[i] switch
            {
                Retry { TooLarge: { } instead } => instead with { Message = [] },
                Bury bury => bury with { Message = [] },
                var other => other,
            };
        }

        return Settlements.Sum(Size) < before;
    }

    /// <summary>Completes once there is something to collect.</summary>
    public Task AnyFinished() => finished.Reader.WaitToReadAsync(CancellationToken.None).AsTask();

    public void Dispose() => tasksEnd?.Dispose();

    private RunningTask Track(Held held) => new(held, life!, processor, finished.Writer, tasksEnd!.Token);

    private static long Size(Settlement settlement) => settlement switch
    {
        Retry retry => retry.Message.Length,
        Bury bury => bury.Message.Length,
        _ => 0,
    };

    private static bool IsWaiting(RunningTask task) => task.Phase == AttemptPhase.Waiting;

    private void CollectFinished()
    {
        while (finished.Reader.TryRead(out var task))
        {
            task.Unregister();
            var settlement = task.Processed!.Settlement;
            var isCurrent = ReferenceEquals(task.Life, life) && running.Remove((settlement.Queue, settlement.Id));
            if (isCurrent)
            {
                suspects.Finished(settlement.Id);
                Settlements.Add(settlement);
            }

            processor.Ledger.NoteSettled();
            if (!isCurrent)
            {
                NoteSuperseded(settlement, task.Life);
            }

            observer.TaskFinished(task.Processed);
        }
    }

    /// <summary>Once a second: settles attempts that left their thread without a settlement, or are held up by code of the application around their handler.</summary>
    private void Sweep()
    {
        formerLives.RemoveAll(task => task.Phase == AttemptPhase.Ended);
        List<RunningTask>? unstarted = null;
        foreach (var task in running.Values.Concat(formerLives))
        {
            if (IsWaiting(task))
            {
                (unstarted ??= []).Add(task);
            }
            else if (processor.StandIn(task) is { } processed)
            {
                var phase = task.Phase;
                if (task.TryEnd(processed))
                {
                    LogStandIn(log, task.Held.Id, phase, processed.Outcome, task.Cause?.GetType().Name ?? "it does not return");
                }
            }
        }

        waiting = unstarted is null ? [] : [.. unstarted];
    }

    private void Start(Held held)
    {
        if (!running.TryGetValue((held.Queue, held.Id), out var task))
        {
            running[(held.Queue, held.Id)] = task = Track(held);
            Volatile.Write(ref count, running.Count);
        }

        processor.Schedule(task);
    }

    private void NoteSuperseded(Settlement late, Incarnation ended)
    {
        LogSuperseded(log, late.Id, ended.Name);
        try
        {
            observer.TaskSuperseded(late);
        }
#pragma warning disable CA1031 // A note that cannot be kept decides nothing.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotNoted(log, late.Id, e.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Information, "Task {Id} was cancelled: its token is cancelled now")]
    private static partial void LogCancelled(ILogger logger, string id);

    [LoggerMessage(LogLevel.Warning, "Task {Id} ended after {Worker} had lost its lease: its result is superseded")]
    private static partial void LogSuperseded(ILogger logger, string id, string worker);

    [LoggerMessage(LogLevel.Error, "The superseded result of task {Id} could not be noted: {Reason}")]
    private static partial void LogNotNoted(ILogger logger, string id, string reason);

    [LoggerMessage(LogLevel.Error, "The attempt of task {Id} did not settle by itself (phase {Phase}, {Reason}) and was settled as {Outcome}")]
    private static partial void LogStandIn(ILogger logger, string id, AttemptPhase phase, TaskOutcome outcome, string reason);
}
