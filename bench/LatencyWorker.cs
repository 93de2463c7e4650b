using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Bench.Support;
using TaskRunner.Redis;

namespace TaskRunner.Bench;

/// <summary>A worker with a task that writes down when it started.</summary>
internal static class LatencyWorker
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var app = TaskRunnerApp.Create(arguments);
        await using var redis = new RedisClient(RedisOptions.Parse(Environment.GetEnvironmentVariable("REDIS_URL")!), "latency", TimeProvider.System, NullLogger.Instance);
        app.MapTask("debug.echo", static (int number, TaskContext _, CancellationToken _) => Task.FromResult(number));
        app.MapTask("bench.latency", async (long sent, TaskContext _, CancellationToken stopping) =>
        {
            var late = Clock.Microseconds - sent;
            await redis.ExecuteAsync(RedisCommand.Create("RPUSH", "bench:latency", late.ToString(CultureInfo.InvariantCulture)), stopping);
        });
        return await app.RunAsync();
    }
}
