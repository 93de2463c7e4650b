using System.Diagnostics;
using TaskRunner.Broker;
using TaskRunner.Observability;

namespace TaskRunner.Worker;

/// <summary>Counts how attempts ended, for the worker's reports. Safe on any thread.</summary>
internal sealed class WorkerTotals(TimeProvider time)
{
    private readonly long[] counts = new long[Enum.GetValues<TaskOutcome>().Length];
    private readonly long startedAt = time.GetTimestamp();

    public void Count(TaskOutcome outcome) => Interlocked.Increment(ref counts[(int)outcome]);

    /// <summary>What the worker tells with its next heartbeat.</summary>
    public WorkerReport Report(int running, IReadOnlyList<string> reserved)
    {
        using var process = Process.GetCurrentProcess();
        return new WorkerReport(
            running,
            reserved,
            Read(TaskOutcome.Succeeded),
            Read(TaskOutcome.Retried),
            Read(TaskOutcome.Dead),
            Read(TaskOutcome.Released),
            Math.Round(time.GetElapsedTime(startedAt).TotalSeconds, 1),
            Math.Round(process.TotalProcessorTime.TotalSeconds, 2),
            process.WorkingSet64,
            GC.GetTotalMemory(forceFullCollection: false),
            ThreadPool.ThreadCount);
    }

    private long Read(TaskOutcome outcome) => Interlocked.Read(ref counts[(int)outcome]);
}
