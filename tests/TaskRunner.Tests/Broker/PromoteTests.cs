using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public abstract class PromoteTests(RedisFixture redis)
{
    [Fact]
    public async Task Due_task_becomes_ready_with_its_priority()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.EnqueueAsync(BrokerHarness.Message(priority: 7), TimeSpan.FromMilliseconds(1));

        await Eventually.TrueAsync(async () => (await harness.Broker.PromoteAsync("default", 10, default)).Moved == 1);

        (await harness.ListAsync(harness.Queue.Ready[2])).Should().ContainSingle();
        (await harness.NumberAsync("HLEN", harness.Queue.DelayedMessages)).Should().Be(0);
    }

    [Fact]
    public async Task Task_that_is_not_due_stays()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var meanwhile = new Meanwhile();
        await harness.EnqueueAsync(delay: TimeSpan.FromSeconds(100));

        var reply = await harness.Broker.PromoteAsync("default", 10, default);

        reply.Moved.Should().Be(0);
        meanwhile.ShouldHaveShrunk(reply.NextDue, TimeSpan.FromSeconds(100));
    }

    [Fact]
    public async Task Six_forwarders_in_a_race_move_every_task_exactly_once()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 2000).Select(_ => new EnqueueRequest(BrokerHarness.Message()) { Delay = TimeSpan.FromMilliseconds(1) })], default);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Eventually.TrueAsync(async () => (await harness.Broker.PromoteAsync("default", 37, default)).NextDue is null)));

        var ready = await harness.ListAsync(harness.Queue.Ready[4]);
        ready.Select(m => m[..32]).Should().HaveCount(2000).And.OnlyHaveUniqueItems();
    }
}
