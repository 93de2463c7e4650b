using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Report;

/// <summary>What one run found: cells by system and by what was measured.</summary>
internal sealed class Measurements
{
    private readonly Dictionary<(string System, string What), List<double>> cells = [];

    public List<string> Systems { get; } = [];

    /// <summary>How each system was run, and what was skipped.</summary>
    public List<string> Notes { get; } = [];

    public void Add(string system, string what, double value)
    {
        if (!cells.TryGetValue((system, what), out var values))
        {
            cells[(system, what)] = values = [];
        }

        values.Add(value);
    }

    /// <summary>The measurements of one thing; null when it was not measured.</summary>
    public Sample? Find(string system, string what) => cells.TryGetValue((system, what), out var values) ? new Sample(values) : null;
}

/// <summary>What is measured, as the report calls it.</summary>
internal static class What
{
    public const string Consumed = "consumed/s";
    public const string WorkerCpu = "worker CPU a task, µs";
    public const string RedisCpu = "Redis CPU a task, µs";
    public const string WorkerCpuWith32 = "worker CPU a task with 32 slots, µs";
    public const string RedisCpuWith32 = "Redis CPU a task with 32 slots, µs";
    public const string Single = "enqueued/s, one by one";
    public const string Concurrent = "enqueued/s, 256 callers";
    public const string Bulk = "enqueued/s, bulk";
    public const string IdleP50 = "enqueue to start, idle, p50, ms";
    public const string IdleP99 = "enqueue to start, idle, p99, ms";
    public const string Together = "producer, Redis and worker together, tasks/s";
    public const string LoadP50 = "enqueue to start at 70 % load, p50, ms";
    public const string LoadP99 = "enqueue to start at 70 % load, p99, ms";
    public const string Rss = "idle worker, RSS, MiB";
    public const string Pss = "idle worker, PSS, MiB";
    public const string IdleCpu = "idle worker, CPU, % of a core";
    public const string IdleCommands = "idle worker, Redis commands/s";
    public const string Start = "start to ready, s";
    public const string FirstTask = "start to first task, s";
    public const string Backlog = "consumed/s at a backlog of 1 million";
    public const string Delayed = "ETA lateness with 1 million delayed, p99, ms";
    public const string DelayedGrowth = "memory of the worker beside 1 million delayed, MiB more";
    public const string Network = "consumed/s with 1 ms of network delay";

    public static IReadOnlyList<string> All { get; } =
    [
        Consumed, WorkerCpu, RedisCpu, WorkerCpuWith32, RedisCpuWith32, Single, Concurrent, Bulk, IdleP50, IdleP99, Together, LoadP50, LoadP99, Rss, Pss, IdleCpu, IdleCommands, Start, FirstTask, Backlog, Delayed, DelayedGrowth, Network,
    ];
}
