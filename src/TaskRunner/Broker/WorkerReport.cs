namespace TaskRunner.Broker;

/// <summary>What a worker tells of its work with each heartbeat, so that others can look at it without asking it.</summary>
/// <param name="Running">Tasks that run now.</param>
/// <param name="Reserved">Ids of tasks that it holds and has not started, 100 at most.</param>
/// <param name="Succeeded">Attempts that succeeded since the process started.</param>
/// <param name="Retried">Attempts that failed and run again.</param>
/// <param name="Dead">Attempts after which the task gave up.</param>
/// <param name="Released">Attempts that were cut short and put back.</param>
/// <param name="UptimeSeconds">Age of the process.</param>
/// <param name="CpuSeconds">Processor time that the process used.</param>
/// <param name="ResidentBytes">Its memory, as the kernel counts it.</param>
/// <param name="HeapBytes">Its managed heap.</param>
/// <param name="Threads">Threads of its thread pool.</param>
internal sealed record WorkerReport(
    int Running,
    IReadOnlyList<string> Reserved,
    long Succeeded,
    long Retried,
    long Dead,
    long Released,
    double UptimeSeconds,
    double CpuSeconds,
    long ResidentBytes,
    long HeapBytes,
    int Threads);
