using Microsoft.Extensions.Logging;
using TaskRunner.Loops;

namespace TaskRunner.Worker;

/// <summary>
/// Finds threads for handlers that block. The pool by itself adds one or two a second once all are taken; until then probes, the fetch loop and every connection wait too. A thread of
/// our own measures how long work waits, and while that is too long, the pool may have more threads, up to a bound. When they are gone again, so is the permission: for tasks that do
/// not block, more threads than processors would only cost.
/// </summary>
/// <param name="concurrency">How many tasks the worker runs at a time, now.</param>
/// <param name="running">How many it holds, now.</param>
/// <param name="loop">The loop that it runs in.</param>
/// <param name="logger">Told when the bound is reached.</param>
internal sealed partial class PoolThreads(Func<int> concurrency, Func<int> running, SupervisedLoop loop, ILogger logger) : IDisposable
{
    /// <summary>Threads that are added at least, when processors are idle.</summary>
    private const int Step = 8;

    /// <summary>Threads that are added when processors are busy: slowly, since more threads may only share them.</summary>
    private const int BusyStep = 2;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IdleTick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(150);

    private readonly ManualResetEventSlim stop = new();
    private readonly Probe probe = new();
    private Thread? thread;
    private TimeSpan cpu;
    private int usual;
    private bool isTold;

    /// <summary>The most that the pool's minimum is raised to.</summary>
    public static int Most(int concurrency) => Environment.ProcessorCount + (4 * concurrency) + 64;

    public void Start()
    {
        ThreadPool.GetMinThreads(out usual, out _);
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
            if (running() > 0 || !probe.HasRun)
            {
                Look();
            }

            Lower();
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
        }
        else if (probe.Waited >= LongestWait)
        {
            Raise(isBusy);
        }
    }

    private void Raise(bool isBusy)
    {
        ThreadPool.GetMinThreads(out var least, out var ports);
        ThreadPool.GetMaxThreads(out var limit, out _);
        var most = Math.Min(limit, Most(concurrency()));
        var wanted = Math.Max(least, ThreadPool.ThreadCount) + (isBusy ? BusyStep : (int)Math.Max(Step, Math.Min(ThreadPool.PendingWorkItemCount, most)));
        if (Math.Min(wanted, most) > least)
        {
            ThreadPool.SetMinThreads(Math.Min(wanted, most), ports);
        }
        else if (!isTold && ThreadPool.ThreadCount >= most)
        {
            isTold = true;
            LogStarved(logger, ThreadPool.ThreadCount);
        }
    }

    /// <summary>Takes the permission back once the pool has let go of the threads, as it does with those that have had nothing to do for a while.</summary>
    private void Lower()
    {
        ThreadPool.GetMinThreads(out var least, out var ports);
        if (least > usual && ThreadPool.ThreadCount <= Math.Max(usual, least / 2))
        {
            ThreadPool.SetMinThreads(usual, ports);
            isTold = false;
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
