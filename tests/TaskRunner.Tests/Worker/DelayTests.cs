using System.Collections.Concurrent;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Worker;

/// <summary>Delayed tasks start on time, whatever else is delayed. With TASKRUNNER_TEST_LONG=delay: among a million, and to the millisecond that is promised.</summary>
public sealed class DelayTests(RedisFixture redis, ITestOutputHelper output) : IClassFixture<RedisFixture>
{
    private const int MostPerCall = 10_000;

    private static readonly bool Long = (Environment.GetEnvironmentVariable("TASKRUNNER_TEST_LONG") ?? "").Split(',').Contains("delay", StringComparer.Ordinal);

    private readonly ConcurrentDictionary<Guid, long> due = new();
    private readonly ConcurrentBag<TimeSpan> lateness = [];

    [Fact]
    public async Task Delayed_tasks_start_soon_after_their_time_and_never_before()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await DelayForLongAsync(harness, Long ? 1_000_000 : MostPerCall);
        var app = TaskRunnerApp.Create([]);
        app.MapTask("later", (JsonElement _, TaskContext context, CancellationToken _) =>
        {
            lateness.Add(TimeProvider.System.GetElapsedTime(due[context.Id]));
            return Task.CompletedTask;
        });
        await using var one = TestWorker.Start(app, redis.Url, harness, options => options with { Concurrency = 16 });
        await using var two = TestWorker.Start(app, redis.Url, harness, options => options with { Concurrency = 16 });
        await one.UntilStartedAsync();
        await two.UntilStartedAsync();
        var memory = GC.GetTotalMemory(forceFullCollection: true);

        if (Long)
        {
            var (_, p99) = await MeasureAsync(harness, 2_000, 20_000);
            p99.Should().BeLessThanOrEqualTo(TimeSpan.FromMilliseconds(50));
            (GC.GetTotalMemory(forceFullCollection: true) - memory).Should().BeLessThan(20_000_000, "no worker holds what is delayed");
        }
        else
        {
            // A sleep to the next full second would be far longer.
            await Duration.UntilLessAsync(TimeSpan.FromMilliseconds(250), async () => (await MeasureAsync(harness, 100, 400)).P50);
        }
    }

    /// <summary>Delays tasks and waits until each has started. None starts before its time.</summary>
    private async Task<(TimeSpan P50, TimeSpan P99)> MeasureAsync(BrokerHarness harness, int tasks, int spread)
    {
        lateness.Clear();
        for (var i = 0; i < tasks; i++)
        {
            var delay = TimeSpan.FromMilliseconds(300 + (i * 7919L % spread));
            var message = BrokerHarness.Message("later");
            due[message.Id] = TimeProvider.System.GetTimestamp() + (long)(delay.TotalSeconds * TimeProvider.System.TimestampFrequency);
            await harness.EnqueueAsync(message, delay);
        }

        await Eventually.TrueAsync(() => lateness.Count == tasks, TimeSpan.FromSeconds(90));

        var sorted = lateness.Order().ToList();
        var (p50, p99) = (sorted[tasks / 2], sorted[(tasks * 99 / 100) - 1]);
        output.WriteLine($"lateness p50 {p50.TotalMilliseconds:F1} ms, p99 {p99.TotalMilliseconds:F1} ms, most {sorted[^1].TotalMilliseconds:F1} ms");
        sorted[0].Should().BeGreaterThan(TimeSpan.FromMilliseconds(-2));
        return (p50, p99);
    }

    private static async Task DelayForLongAsync(BrokerHarness harness, int count)
    {
        for (var done = 0; done < count; done += MostPerCall)
        {
            await harness.Broker.EnqueueAsync(
                [.. Enumerable.Range(done, MostPerCall).Select(i => new EnqueueRequest(BrokerHarness.Message("later")) { Delay = TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(i) })], default);
        }
    }
}
