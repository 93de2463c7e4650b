using TaskRunner.Bench.Report;
using TaskRunner.Bench.Support;
using TaskRunner.Bench.Systems;

namespace TaskRunner.Bench.Scenarios;

/// <summary>Time from just before the enqueue call to the first line of the task, by the machine's clock.</summary>
internal static class Latency
{
    private const string List = "bench:latency";

    /// <summary>An idle worker gets single tasks with pauses between them.</summary>
    public static async Task IdleAsync(QueueSystem system, RedisBox redis, int tasks, Measurements found, string log)
    {
        await redis.ClearAsync();
        using var worker = system.StartLatencyWorker(redis, log);
        try
        {
            // Once to warm up: connections are made, code is compiled.
            await system.EnqueueLatencyAsync(redis, 100, 0.01);
            await FinishedAsync(redis, 100, system.Name);
            await redis.ExecuteAsync("DEL", List);
            await system.EnqueueLatencyAsync(redis, tasks, 0.02);
            await FinishedAsync(redis, tasks, system.Name);
            Note(system, await redis.NumbersAsync(List), What.IdleP50, What.IdleP99, found);
        }
        finally
        {
            await worker.StopAsync();
        }
    }

    /// <summary>
    /// Tasks come in small groups at 70 % of the rate that producer, Redis and worker can do together on this machine; one of each group is timed.
    /// </summary>
    public static async Task LoadedAsync(Ours system, RedisBox redis, double seconds, Measurements found, string log)
    {
        await redis.ClearAsync();
        using var worker = system.StartLatencyWorker(redis, log);
        await using var client = Ours.Client(redis);
        try
        {
            await system.EnqueueLatencyAsync(redis, 100, 0.01);
            var rate = await TogetherAsync(client, redis, seconds);
            found.Add(system.Name, What.Together, rate);
            await PaceAsync(client, rate * 0.7, 2);
            await EmptyAsync(redis);
            await redis.ExecuteAsync("DEL", List);
            var timed = await PaceAsync(client, rate * 0.7, seconds);
            await FinishedAsync(redis, timed, system.Name);
            Note(system, await redis.NumbersAsync(List), What.LoadP50, What.LoadP99, found);
        }
        finally
        {
            await worker.StopAsync();
        }
    }

    /// <summary>Tasks a second that go through while the producer never lets the queue run empty nor grow.</summary>
    private static async Task<double> TogetherAsync(TaskClient client, RedisBox redis, double seconds)
    {
        await FeedAsync(client, redis, 2);
        var began = Clock.Now;
        var sent = await FeedAsync(client, redis, seconds);
        var rate = sent / (Clock.Now - began);
        await EmptyAsync(redis);
        return rate;
    }

    /// <summary>Enqueues in batches, each when less than two of them wait, and returns how many tasks that were.</summary>
    private static async Task<int> FeedAsync(TaskClient client, RedisBox redis, double seconds)
    {
        const int Batch = 1_000;
        var sent = 0;
        for (var end = Clock.Now + seconds; Clock.Now < end; sent += Batch)
        {
            await client.EnqueueManyAsync("debug.echo", Enumerable.Range(0, Batch));
            await Clock.UntilAsync(async () => await redis.LengthAsync(Ours.ReadyList) <= 2 * Batch, TimeSpan.FromSeconds(30), "the worker keeps up");
        }

        return sent;
    }

    private static Task EmptyAsync(RedisBox redis) =>
        Clock.UntilAsync(async () => await redis.LengthAsync(Ours.ReadyList) == 0, TimeSpan.FromSeconds(30), "the worker keeps up");

    private static async Task<int> PaceAsync(TaskClient client, double rate, double seconds)
    {
        var (began, sent, timed) = (Clock.Now, 0.0, 0);
        while (Clock.Now - began < seconds)
        {
            await Clock.PauseAsync(0.002);
            var count = (int)(((Clock.Now - began) * rate) - sent);
            if (count > 0)
            {
                sent += count;
                timed++;
                var last = client.EnqueueAsync("bench.latency", Clock.Microseconds);
                await client.EnqueueManyAsync("debug.echo", Enumerable.Range(0, count - 1));
                await last;
            }
        }

        return timed;
    }

    public static Task FinishedAsync(RedisBox redis, int tasks, string name) =>
        Clock.UntilAsync(async () => await redis.LengthAsync(List) >= tasks, TimeSpan.FromSeconds(60), $"{name} ran {tasks} timed tasks");

    private static void Note(QueueSystem system, double[] microseconds, string half, string tail, Measurements found)
    {
        found.Add(system.Name, half, Sample.At(microseconds, 0.5) / 1000);
        found.Add(system.Name, tail, Sample.At(microseconds, 0.99) / 1000);
    }
}
