using System.Globalization;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Systems;

/// <summary>TaskRunner: the published stock program as the image has it, leases and late acknowledgement on, no results.</summary>
/// <param name="program">The published program.</param>
/// <param name="concurrency">Tasks at a time.</param>
internal sealed class Ours(string program, int concurrency = 250) : QueueSystem
{
    public const string ReadyList = "{tr:default:default:0}:r5";

    public override string Name => "TaskRunner";

    public override string Setup => string.Create(CultureInfo.InvariantCulture, $"`--concurrency {concurrency}`, leases, late acknowledgement");

    public override string Backlog => ReadyList;

    public override int Tasks => 300_000;

    /// <summary>The same program with fewer or more slots.</summary>
    public Ours With(int slots) => new(program, slots);

    public override Task<string?> MissingAsync() => Task.FromResult<string?>(null);

    public override async Task<string> VersionAsync() => (await Child.RunAsync(program, ["version"], new Dictionary<string, string>())).Trim().Split('\n')[0];

    public override Child StartWorker(RedisBox redis, string log) => StartWorker(redis.Url, log, 0);

    public Child StartWorker(string url, string log, int port) => Child.Start(program, ["worker"], Variables(url, port), log);

    /// <summary>
    /// This program itself is a worker too, with a task that tells its time. As a worker it has the spin limit of the stock program; as a
    /// producer it has the default, like any program that enqueues.
    /// </summary>
    public override Child StartLatencyWorker(RedisBox redis, string log) => Child.Start(
        System.Environment.ProcessPath!,
        ["worker"],
        new Dictionary<string, string>(Variables(redis.Url, 0))
        {
            ["REDIS_URL"] = redis.Url,
            ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0xA",
        },
        log);

    public override async Task<double> EnqueueBulkAsync(RedisBox redis, int count)
    {
        await using var client = Client(redis);
        await client.EnqueueAsync("debug.echo", 0);
        var began = Clock.Now;
        for (var i = 1; i < count; i += 10_000)
        {
            await client.EnqueueManyAsync("debug.echo", Enumerable.Range(i, Math.Min(10_000, count - i)));
        }

        return Clock.Now - began;
    }

    public override async Task<double> EnqueueSingleAsync(RedisBox redis, int count)
    {
        await using var client = Client(redis);
        await client.EnqueueAsync("debug.echo", 0);
        var began = Clock.Now;
        for (var i = 1; i < count; i++)
        {
            await client.EnqueueAsync("debug.echo", i);
        }

        return Clock.Now - began;
    }

    /// <summary>Single calls of many callers at a time, as in a web application; returns the seconds.</summary>
    public static async Task<double> EnqueueConcurrentlyAsync(RedisBox redis, int count, int callers)
    {
        await using var client = Client(redis);
        await client.EnqueueAsync("debug.echo", 0);
        var began = Clock.Now;
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < count / callers; i++)
            {
                await client.EnqueueAsync("debug.echo", i);
            }
        })));
        return Clock.Now - began;
    }

    public override async Task EnqueueLatencyAsync(RedisBox redis, int count, double pause)
    {
        await using var client = Client(redis);
        for (var i = 0; i < count; i++)
        {
            await Clock.PauseAsync(pause);
            await client.EnqueueAsync("bench.latency", Clock.Microseconds);
        }
    }

    public static TaskClient Client(RedisBox redis) => TaskClient.Create(new TaskClientOptions { BrokerUrl = redis.Url, Namespace = "default" });

    private Dictionary<string, string> Variables(string url, int port) => new()
    {
        ["TASKRUNNER_BROKER_URL"] = url,
        ["TASKRUNNER_CONCURRENCY"] = concurrency.ToString(CultureInfo.InvariantCulture),
        ["TASKRUNNER_HTTP_PORT"] = port.ToString(CultureInfo.InvariantCulture),
        ["TASKRUNNER_LOG_LEVEL"] = "warning",
    };
}
