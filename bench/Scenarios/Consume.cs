using TaskRunner.Bench.Report;
using TaskRunner.Bench.Support;
using TaskRunner.Bench.Systems;

namespace TaskRunner.Bench.Scenarios;

/// <summary>
/// No-op tasks that were enqueued before the worker starts. Rate and CPU are taken between the moments when 60 % and when 5 % of them are left:
/// the start, and what a just-in-time compiler does at first, is not in them.
/// </summary>
internal static class Consume
{
    private const double From = 0.6;
    private const double To = 0.05;

    public static async Task RunAsync(QueueSystem system, RedisBox redis, int tasks, Measurements found, string log)
    {
        await redis.ClearAsync();
        await system.EnqueueBulkAsync(redis, tasks);
        var began = Clock.Now;
        using var worker = system.StartWorker(redis, log);
        try
        {
            await LeftAsync(system, redis, tasks - 1, 30);
            found.Add(system.Name, What.FirstTask, Clock.Now - began);
            var (rate, workerCpu, redisCpu) = await MeasureAsync(system, redis, worker, tasks, From, To);
            found.Add(system.Name, What.Consumed, rate);
            found.Add(system.Name, What.WorkerCpu, workerCpu);
            found.Add(system.Name, What.RedisCpu, redisCpu);
        }
        finally
        {
            await worker.StopAsync();
        }
    }

    /// <summary>What a task costs where a round trip carries 32 at most: a batch is what has finished, and as many new ones.</summary>
    public static async Task SmallBatchesAsync(Ours ours, RedisBox redis, int tasks, Measurements found, string log)
    {
        var small = new Measurements();
        await RunAsync(ours.With(32), redis, tasks, small, log);
        found.Add(ours.Name, What.WorkerCpuWith32, small.Find(ours.Name, What.WorkerCpu)!.Median);
        found.Add(ours.Name, What.RedisCpuWith32, small.Find(ours.Name, What.RedisCpu)!.Median);
    }

    /// <summary>Rate and microseconds of CPU a task, while the backlog shrinks from one part of the tasks to another.</summary>
    public static async Task<(double Rate, double WorkerCpu, double RedisCpu)> MeasureAsync(QueueSystem system, RedisBox redis, Child worker, int tasks, double from, double to)
    {
        await LeftAsync(system, redis, (long)(tasks * from), 120);
        var family = ProcessTree.Ids(worker.Id);
        var first = await LookAsync(system, redis, family);
        await LeftAsync(system, redis, (long)(tasks * to), 120);
        var last = await LookAsync(system, redis, family);
        var count = Math.Max(1, first.Left - last.Left);
        return (count / (last.At - first.At), (last.Worker - first.Worker) / count * 1e6, (last.Redis - first.Redis) / count * 1e6);
    }

    private static Task LeftAsync(QueueSystem system, RedisBox redis, long most, double seconds) =>
        Clock.UntilAsync(async () => await redis.LengthAsync(system.Backlog) <= most, TimeSpan.FromSeconds(seconds), $"{system.Name} has {most} tasks left");

    // All four numbers of one moment; a look that took long is taken again.
    private static async Task<(double At, long Left, double Worker, double Redis)> LookAsync(QueueSystem system, RedisBox redis, IReadOnlyList<int> family)
    {
        for (var attempt = 0; ; attempt++)
        {
            var at = Clock.Now;
            var (worker, server) = (ProcessTree.CpuSeconds(family), redis.CpuSeconds());
            var left = await redis.LengthAsync(system.Backlog);
            if (Clock.Now - at < 0.01 || attempt == 20)
            {
                return (at, left, worker, server);
            }
        }
    }
}
