using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Observability;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>count.lua, and what alerts read beside it.</summary>
public abstract class CountTests(RedisFixture redis)
{
    [Fact]
    public async Task List_is_as_long_as_the_number_of_ready_and_running_tasks()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        foreach (var priority in new[] { 0, 5, 5, 9 })
        {
            await harness.EnqueueAsync(BrokerHarness.Message(priority: priority));
        }

        harness.TakeLease(redis.Url, "w1");
        await harness.StepAsync("w1", 3);

        (await harness.Broker.CountAsync("default", default)).Should().Be(4);
        (await harness.NumberAsync("LLEN", harness.Queue.Counted)).Should().Be(4);
    }

    [Fact]
    public async Task List_shrinks_with_the_tasks_and_is_gone_with_the_last()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 5).Select(_ => new EnqueueRequest(BrokerHarness.Message()))], default);
        await harness.Broker.CountAsync("default", default);
        harness.TakeLease(redis.Url, "w1");
        var held = (await harness.StepAsync("w1", 5)).Messages;

        await harness.StepAsync("w1", 0, [.. held.Take(2).Select(task => new Acknowledge(task.Id, "default", []))]);
        var some = await harness.Broker.CountAsync("default", default);
        await harness.StepAsync("w1", 0, [.. held.Skip(2).Select(task => new Acknowledge(task.Id, "default", []))]);
        var none = await harness.Broker.CountAsync("default", default);

        (some, none).Should().Be((3, 0));
        (await harness.NumberAsync("EXISTS", harness.Queue.Counted)).Should().Be(0);
    }

    [Fact]
    public async Task Delayed_tasks_need_no_worker_yet()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.EnqueueAsync(delay: TimeSpan.FromMinutes(1));

        (await harness.Broker.CountAsync("default", default)).Should().Be(0);
    }

    [Fact]
    public async Task List_stops_growing_at_ten_thousand_and_is_forgotten_by_itself()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        for (var i = 0; i < 11; i++)
        {
            await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", [harness.Queue.Ready[5], .. Enumerable.Repeat<RedisArgument>("x", 1000)]), default);
        }

        (await harness.Broker.CountAsync("default", default)).Should().Be(10_000);
        (await harness.NumberAsync("LLEN", harness.Queue.Counted)).Should().Be(10_000);
        (await harness.NumberAsync("TTL", harness.Queue.Counted)).Should().BeInRange(1, 60);
    }

    [Fact]
    public async Task Counter_counts_each_of_its_queues()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.EnqueueAsync(BrokerHarness.Message(queue: "other"));

        await new QueueCounter(harness.Broker, ["default", "other"]).RunOnceAsync(default);

        (await harness.NumberAsync("LLEN", harness.Keys.Of("other").Counted)).Should().Be(1);
    }

    [Fact]
    public async Task Gauge_tells_age_and_workers_of_each_queue()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var meanwhile = new Meanwhile();
        var now = TimeProvider.System.GetUtcNow();
        await harness.EnqueueAsync(BrokerHarness.Message(priority: 9) with { EnqueuedAt = now - TimeSpan.FromSeconds(50) });
        await harness.EnqueueAsync(BrokerHarness.Message(priority: 1) with { EnqueuedAt = now - TimeSpan.FromSeconds(500) });
        harness.TakeLease(redis.Url, "w1");
        var gauge = new QueueGauge(harness.Broker, null, () => ["default", "idle"], TimeProvider.System);

        await gauge.ReadAsync(default);

        meanwhile.ShouldHaveGrown(gauge.Ages["default"], TimeSpan.FromSeconds(500));
        gauge.Ages["idle"].Should().Be(TimeSpan.Zero);
        gauge.Workers.Should().Equal(new Dictionary<string, long> { ["default"] = 1, ["idle"] = 0 });
    }
}
