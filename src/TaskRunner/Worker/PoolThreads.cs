using Microsoft.Extensions.Logging;
using TaskRunner.Loops;

namespace TaskRunner.Worker;

/// <summary>
/// Keeps threads for handlers that block. The pool by itself adds one or two a second once all are taken; until then probes, the fetch loop and every connection wait too. So the
/// pool may have a thread for each slot at once, and a thread of our own measures how long work waits: while it waits although processors are idle, the pool may have more, up to a bound.
/// Threads are made on demand only, so an idle worker has none of them.
/// </summary>
/// <param name="concurrency">How many tasks the worker runs at a time, now.</param>
/// <param name="running">How many it holds, now.</param>
/// <param name="loop">The loop that it runs in.</param>
/// <param name="logger">Told when the bound is reached.</param>
internal sealed partial class PoolThreads(Func<int> concurrency, Func<int> running, SupervisedLoop loop, ILogger logger) : IDisposable
{
    /// <summary>Threads for the worker itself: the fetch loop, connections, probes.</summary>
    private const int Own = 8;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IdleTick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(150);

    private readonly ManualResetEventSlim stop = new();
    private readonly Probe probe = new();
    private Thread? thread;
    private TimeSpan cpu;
    private bool isTold;

    /// <summary>The pool's minimum for a number of slots.</summary>
    public static int Base(int concurrency) => Environment.ProcessorCount + concurrency + Own;

    /// <summary>The most that the pool's minimum is raised to.</summary>
    public static int Most(int concurrency) => Base(4 * concurrency) + 64;

    public void Start()
    {
        Raise(Base(concurrency()));
        thread = loop.StartThread(Run, () => stop.IsSet, pause => stop.Wait(pause), ThreadPriority.AboveNormal);
    }

    public void Dispose()
    {
        stop.Set();
        thread?.Join();
        stop.Dispose();
    }

    private void Run()
    {
        while (!stop.Wait(running() > 0 ? Tick : IdleTick))
        {
            loop.Step("look");
            Raise(Base(concurrency()));
            if (running() > 0)
            {
                Look();
            }

            loop.Turned();
        }
    }

    private void Look()
    {
        var used = Environment.CpuUsage.TotalTime;
        var isBusy = used - cpu >= Tick * (0.8 * Environment.ProcessorCount);
        cpu = used;
        if (probe.HasRun)
        {
            probe.Queue();
            return;
        }

        // Where processors have nothing left to give, more threads would only share it.
        if (probe.Waited < LongestWait || isBusy)
        {
            return;
        }

        ThreadPool.GetMinThreads(out var least, out _);
        var most = Most(concurrency());
        var wanted = Math.Min(most, Math.Max(least, ThreadPool.ThreadCount) + Math.Max(Own, least / 4));
        if (wanted > least)
        {
            Raise(wanted);
        }
        else if (!isTold)
        {
            isTold = true;
            LogStarved(logger, ThreadPool.ThreadCount);
        }
    }

    private static void Raise(int wanted)
    {
        ThreadPool.GetMinThreads(out var least, out var ports);
        if (wanted > least)
        {
            ThreadPool.GetMaxThreads(out var most, out _);
            ThreadPool.SetMinThreads(Math.Min(wanted, most), ports);
        }
    }

    [LoggerMessage(LogLevel.Warning, "All {Count} threads of the pool are blocked by code of the application; probes, fetches and connections wait with it")]
    private static partial void LogStarved(ILogger logger, int count);

    /// <summary>A piece of work that does nothing: how long it waits is how long all wait.</summary>
    private sealed class Probe : IThreadPoolWorkItem
    {
        private volatile bool hasRun = true;
        private long queuedAt;

        public bool HasRun => hasRun;

        public TimeSpan Waited => TimeProvider.System.GetElapsedTime(queuedAt);

        public void Queue()
        {
            hasRun = false;
            queuedAt = TimeProvider.System.GetTimestamp();
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        public void Execute() => hasRun = true;
    }
}
