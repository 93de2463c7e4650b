using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class WakeListenerTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Token_names_the_queue_that_has_something()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var listener = Listener(harness, "first", "second");
        await harness.EnqueueAsync(BrokerHarness.Message(queue: "second"));

        var up = await listener.WaitAsync(null, default).WaitAsync(Long, TimeProvider.System);

        up.TookToken.Should().BeTrue();
        up.Queues.Should().Equal("second");
    }

    [Fact]
    public async Task Queues_whose_token_was_lost_are_found_after_the_longest_sleep_and_empty_ones_are_left_alone()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var listener = Listener(harness, "empty", "ready", "lowest", "delayed", "limited");
        await harness.EnqueueAsync(BrokerHarness.Message(queue: "ready"));
        await harness.EnqueueAsync(BrokerHarness.Message(queue: "lowest", priority: 0));
        await harness.EnqueueAsync(BrokerHarness.Message(queue: "delayed"), TimeSpan.FromHours(1));
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Keys.Of("limited").ParkedByRate, 1, "k:a"), default);
        foreach (var queue in (string[])["ready", "lowest", "delayed"])
        {
            await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", harness.Keys.Of(queue).Wake), default);
        }

        var up = await listener.WaitAsync(null, default).WaitAsync(Long, TimeProvider.System);

        up.TookToken.Should().BeFalse();
        up.Queues.Should().Equal("ready", "lowest", "delayed", "limited");
    }

    private static WakeListener Listener(BrokerHarness harness, params IEnumerable<string> queues) =>
        new(harness.Client, harness.Broker.Options, new CurrentPlan(new WorkerPlan(1, QueueOrder.Fair, [.. queues.Select(queue => new QueueShare(queue))])));
}
