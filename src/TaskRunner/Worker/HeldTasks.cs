using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>
/// The tasks that this worker holds in one life: starts them, and gathers how they ended until the broker is told.
/// For the fetch loop alone; the tasks themselves end on any thread.
/// </summary>
internal sealed partial class HeldTasks(Processor processor, IWorkerObserver observer, BrokerOptions broker, TimeProvider time, ILogger logger, CancellationToken interrupted) : IDisposable
{
    private readonly Channel<(Incarnation Life, RunningTask Running, ProcessedTask Task)> finished =
        Channel.CreateUnbounded<(Incarnation, RunningTask, ProcessedTask)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly Dictionary<(string Queue, string Id), RunningTask> running = [];
    private readonly ConcurrentQueue<(string Queue, string Id)> cancellations = new();
    private readonly SuspectGate suspects = new(broker.MaxRedeliveries);
    private Incarnation? life;
    private CancellationTokenSource? tasksEnd;
    private int count;

    /// <summary>How many tasks run now; any thread may ask.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>What became of tasks, and is not yet with the broker.</summary>
    public List<Settlement> Settlements { get; } = [];

    /// <summary>Ids of tasks that are held and not started: the suspect that waits until it is alone. Any thread may ask.</summary>
    public IReadOnlyList<string> Reserved => suspects.Waiting is { } id ? [id] : [];

    public bool Contains(Held held) => running.ContainsKey((held.Queue, held.Id));

    /// <summary>Whether a task has ended here, and the broker has not been told yet.</summary>
    public bool IsSettling(Held held) => Settlements.Exists(s => s.Id == held.Id && s.Queue == held.Queue);

    /// <summary>Begins a new life: what was held in the one before belongs to others now, and what the broker has not yet heard of it comes too late.</summary>
    public void Begin(Incarnation next)
    {
        foreach (var late in Settlements)
        {
            NoteSuperseded(late, life!);
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
    public void GiveBack(Held held) => Settlements.Add(new Release(held.Id, held.Queue));

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
                LogCancelled(logger, task.Id);
            }
        }
    }

    /// <summary>Turns what ended into settlements.</summary>
    public void Collect()
    {
        while (finished.Reader.TryRead(out var end))
        {
            end.Running.Dispose();
            observer.TaskFinished(end.Task);
            var settlement = end.Task.Settlement;
            if (ReferenceEquals(end.Life, life) && running.Remove((settlement.Queue, settlement.Id)))
            {
                suspects.Finished(settlement.Id);
                Settlements.Add(settlement);
            }
            else
            {
                NoteSuperseded(settlement, end.Life);
            }
        }

        Volatile.Write(ref count, running.Count);
    }

    /// <summary>Completes once there is something to collect.</summary>
    public Task AnyFinished() => finished.Reader.WaitToReadAsync(CancellationToken.None).AsTask();

    public void Dispose() => tasksEnd?.Dispose();

    private RunningTask Track(Held held) => new(held, broker.KeepResults, time, tasksEnd!.Token);

    private void Start(Held held)
    {
        if (!running.TryGetValue((held.Queue, held.Id), out var task))
        {
            running[(held.Queue, held.Id)] = task = Track(held);
            Volatile.Write(ref count, running.Count);
        }

        // Into the pool's common queue, in the order of the fetch: what blocks there holds up no other task.
        ThreadPool.UnsafeQueueUserWorkItem(new Attempt(processor, finished.Writer, task, life!), preferLocal: false);
    }

    private void NoteSuperseded(Settlement late, Incarnation ended)
    {
        LogSuperseded(logger, late.Id, ended.Name);
        observer.TaskSuperseded(late);
    }

    [LoggerMessage(LogLevel.Information, "Task {Id} was cancelled: its token is cancelled now")]
    private static partial void LogCancelled(ILogger logger, string id);

    [LoggerMessage(LogLevel.Warning, "Task {Id} ended after {Worker} had lost its lease: its result is superseded")]
    private static partial void LogSuperseded(ILogger logger, string id, string worker);

    /// <summary>One attempt on its way to a thread.</summary>
    private sealed class Attempt(Processor processor, ChannelWriter<(Incarnation, RunningTask, ProcessedTask)> ends, RunningTask task, Incarnation life) : IThreadPoolWorkItem
    {
        public void Execute() => _ = RunAsync();

        private async Task RunAsync() => ends.TryWrite((life, task, task.Settle(await processor.RunAsync(task.Held, life.Name, task.Token), life.Name)));
    }
}
