using System.Globalization;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Systems;

/// <summary>One system under measurement, as a user runs it: a worker process, and programs that enqueue.</summary>
internal abstract class QueueSystem
{
    public abstract string Name { get; }

    /// <summary>How its worker was run, for the notes.</summary>
    public abstract string Setup { get; }

    /// <summary>The list whose length is the backlog.</summary>
    public abstract string Backlog { get; }

    /// <summary>How many tasks a throughput run consumes, so that it takes some seconds.</summary>
    public abstract int Tasks { get; }

    /// <summary>Why it cannot be measured here, in one sentence; null when it can.</summary>
    public abstract Task<string?> MissingAsync();

    /// <summary>Version, for the table.</summary>
    public abstract Task<string> VersionAsync();

    public abstract Child StartWorker(RedisBox redis, string log);

    /// <summary>Enqueues no-op tasks in bulk and returns the seconds that the calls took.</summary>
    public abstract Task<double> EnqueueBulkAsync(RedisBox redis, int count);

    /// <summary>Enqueues no-op tasks by single calls, one after the other, and returns the seconds.</summary>
    public abstract Task<double> EnqueueSingleAsync(RedisBox redis, int count);

    /// <summary>Enqueues tasks with a pause before each; every task writes the microseconds from enqueue to start into the list <c>bench:latency</c>.</summary>
    public abstract Task EnqueueLatencyAsync(RedisBox redis, int count, double pause);

    /// <summary>The worker of the latency run, where it is not the same.</summary>
    public virtual Child StartLatencyWorker(RedisBox redis, string log) => StartWorker(redis, log);

    protected static Dictionary<string, string> Environment(RedisBox redis) => new() { ["REDIS_URL"] = redis.Url };

    protected static double Seconds(string output) => double.Parse(output.Trim().Split('\n')[^1], CultureInfo.InvariantCulture);

    protected static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
