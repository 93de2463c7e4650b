using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>
/// The tasks that this worker holds in one life: starts them, and gathers how they ended until the broker is told.
/// For the fetch loop alone; the tasks themselves end on any thread.
/// </summary>
internal sealed partial class HeldTasks(Processor processor, IWorkerObserver observer, int maxRedeliveries, ILogger logger, CancellationToken interrupted) : IDisposable
{
    private readonly Channel<(Incarnation Life, ProcessedTask Task)> finished =
        Channel.CreateUnbounded<(Incarnation, ProcessedTask)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly Dictionary<(string Queue, string Id), Held> running = [];
    private readonly SuspectGate suspects = new(maxRedeliveries);
    private Incarnation? life;
    private CancellationTokenSource? tasksEnd;
    private int count;

    /// <summary>How many tasks run now; any thread may ask.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>What became of tasks, and is not yet with the broker.</summary>
    public List<Settlement> Settlements { get; } = [];

    public bool Contains(Held held) => running.ContainsKey((held.Queue, held.Id));

    /// <summary>Begins a new life: what was held in the one before belongs to others now.</summary>
    public void Begin(Incarnation next)
    {
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
                Keep(held);
                break;
            default:
                Settlements.Add(new Retry(held.Id, held.Queue, held.Bytes, SuspectGate.Pause, []));
                break;
        }
    }

    /// <summary>A suspect starts once the broker has taken back the other ones: what it may take down must not be held here.</summary>
    public void StartSuspect()
    {
        if (Settlements.Count == 0 && suspects.TakeWaiting() is { } held)
        {
            Start(held);
        }
    }

    /// <summary>Turns what ended into settlements.</summary>
    public void Collect()
    {
        while (finished.Reader.TryRead(out var end))
        {
            observer.TaskFinished(end.Task);
            var settlement = end.Task.Settlement;
            if (ReferenceEquals(end.Life, life) && running.Remove((settlement.Queue, settlement.Id)))
            {
                suspects.Finished(settlement.Id);
                Settlements.Add(settlement);
            }
            else
            {
                LogSuperseded(logger, settlement.Id, end.Life.Name);
            }
        }

        Volatile.Write(ref count, running.Count);
    }

    /// <summary>Completes once there is something to collect.</summary>
    public Task AnyFinished() => finished.Reader.WaitToReadAsync(CancellationToken.None).AsTask();

    public void Dispose() => tasksEnd?.Dispose();

    private void Keep(Held held)
    {
        running[(held.Queue, held.Id)] = held;
        Volatile.Write(ref count, running.Count);
    }

    private void Start(Held held)
    {
        Keep(held);

        // Into the pool's common queue, in the order of the fetch: what blocks there holds up no other task.
        ThreadPool.UnsafeQueueUserWorkItem(new Attempt(processor, finished.Writer, held, life!, tasksEnd!.Token), preferLocal: false);
    }

    [LoggerMessage(LogLevel.Warning, "Task {Id} ended after {Worker} had lost its lease: its result is superseded")]
    private static partial void LogSuperseded(ILogger logger, string id, string worker);

    /// <summary>One attempt on its way to a thread.</summary>
    private sealed class Attempt(Processor processor, ChannelWriter<(Incarnation, ProcessedTask)> ends, Held held, Incarnation life, CancellationToken ended) : IThreadPoolWorkItem
    {
        public void Execute() => _ = RunAsync();

        private async Task RunAsync() => ends.TryWrite((life, await processor.RunAsync(held, life.Name, ended)));
    }
}
