using TaskRunner.Bench.Report;
using TaskRunner.Bench.Support;
using TaskRunner.Bench.Systems;

namespace TaskRunner.Bench.Scenarios;

/// <summary>What a large backlog, many delayed tasks, and a slow network do to TaskRunner.</summary>
internal static class Size
{
    private const int Many = 1_000_000;

    /// <summary>Consumes a tenth of a million waiting tasks.</summary>
    public static async Task BacklogAsync(Ours system, RedisBox redis, Measurements found, string log)
    {
        await redis.ClearAsync();
        await system.EnqueueBulkAsync(redis, Many);
        using var worker = system.StartWorker(redis, log);
        try
        {
            var (rate, _, _) = await Consume.MeasureAsync(system, redis, worker, Many, 0.9, 0.8);
            found.Add(system.Name, What.Backlog, rate);
        }
        finally
        {
            await worker.StopAsync();
            await redis.ClearAsync();
        }
    }

    /// <summary>Among a million tasks that are due in an hour, some are due within seconds: how late do they start, and what does the worker hold?</summary>
    public static async Task DelayedAsync(Ours system, RedisBox redis, int timed, Measurements found, string log)
    {
        await redis.ClearAsync();
        await using var client = Ours.Client(redis);
        using var worker = system.StartLatencyWorker(redis, log);
        try
        {
            await system.EnqueueLatencyAsync(redis, 100, 0.01);
            await Latency.FinishedAsync(redis, 100, system.Name);
            await redis.ExecuteAsync("DEL", "bench:latency");
            var before = ProcessTree.Memory(worker.Id).Rss;
            for (var i = 0; i < Many; i += 10_000)
            {
                await client.EnqueueManyAsync("debug.echo", Enumerable.Range(i, 10_000), new EnqueueOptions { Delay = TimeSpan.FromHours(1) });
            }

            var start = Clock.Microseconds;
            for (var i = 0; i < timed; i++)
            {
                var due = start + 1_000_000 + (i * 10_000L);
                await client.EnqueueAsync("bench.latency", due, new EnqueueOptions { At = DateTimeOffset.UnixEpoch.AddTicks(due * TimeSpan.TicksPerMicrosecond) });
            }

            await Latency.FinishedAsync(redis, timed, system.Name);
            found.Add(system.Name, What.Delayed, Sample.At(await redis.NumbersAsync("bench:latency"), 0.99) / 1000);
            found.Add(system.Name, What.DelayedGrowth, ProcessTree.Memory(worker.Id).Rss - before);
        }
        finally
        {
            await worker.StopAsync();
            await redis.ClearAsync();
        }
    }

    /// <summary>Throughput when each answer of Redis takes a millisecond more.</summary>
    public static async Task NetworkAsync(Ours system, RedisBox redis, int tasks, Measurements found, string log)
    {
        await redis.ClearAsync();
        await system.EnqueueBulkAsync(redis, tasks);
        using var proxy = new DelayProxy(redis.Port, TimeSpan.FromMilliseconds(1));
        using var worker = system.StartWorker(proxy.Url, log, 0);
        try
        {
            var (rate, _, _) = await Consume.MeasureAsync(system, redis, worker, tasks, 0.6, 0.05);
            found.Add(system.Name, What.Network, rate);
        }
        finally
        {
            await worker.StopAsync();
        }
    }
}
