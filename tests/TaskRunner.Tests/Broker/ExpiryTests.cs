using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public abstract class ExpiryTests(RedisFixture redis)
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(30);

    [Fact]
    public async Task Ready_task_past_its_time_ends_as_expired_instead_of_being_fetched()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var late = BrokerHarness.Message();
        await harness.Broker.EnqueueAsync([new EnqueueRequest(late) { Expires = Soon }], default);
        var fresh = await harness.EnqueueAsync();
        await harness.PassAsync(Soon);

        var reply = await harness.StepAsync("w1", 1);

        reply.Expired.Should().Be(1);
        reply.Messages.Should().ContainSingle().Which.Id.Should().Be(fresh.Id.ToString("N"));
        var result = (await harness.ResultsAsync(harness.Queue.Results("w1"))).Should().ContainSingle().Which;
        result.Should().BeEquivalentTo(new { late.Id, late.Task, State = TaskState.Expired, Attempts = 0 });
        (await harness.Broker.StatusAsync("default", default)).Expired.Should().Be(1);
    }

    [Fact]
    public async Task Task_that_is_not_past_its_time_is_fetched_with_its_moment_by_the_brokers_clock()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var meanwhile = new Meanwhile();
        await harness.Broker.EnqueueAsync([new EnqueueRequest(BrokerHarness.Message()) { Expires = TimeSpan.FromMinutes(1) }], default);

        var held = (await harness.StepAsync("w1", 1)).Messages.Should().ContainSingle().Which;

        var now = DateTimeOffset.FromUnixTimeMilliseconds(await harness.ServerMillisecondsAsync());
        meanwhile.ShouldHaveShrunk(Envelope.Read(held.Bytes, "default").Rules!.ExpiresAt - now, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Delayed_task_past_its_time_expires_when_it_is_due()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var late = BrokerHarness.Message();
        await harness.Broker.EnqueueAsync([new EnqueueRequest(late) { Expires = TimeSpan.FromMilliseconds(1), Delay = Soon }], default);
        await harness.PassAsync(Soon);

        var reply = await harness.Broker.PromoteAsync("default", 10, default);

        reply.Should().BeEquivalentTo(new { Moved = 0, Expired = 1 });
        (await harness.ResultsAsync(harness.Queue.OrphanedResults)).Should().ContainSingle().Which.Id.Should().Be(late.Id);
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 0L, Delayed = 0L });
    }

    [Fact]
    public async Task Retry_of_an_expired_task_ends_it()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Broker.EnqueueAsync([new EnqueueRequest(BrokerHarness.Message()) { Expires = TimeSpan.FromMilliseconds(500) }], default);
        var held = (await harness.StepAsync("w1", 1)).Messages[0];
        await harness.StepAsync("w1", 0, new Retry(held.Id, "default", held.Bytes, TimeSpan.Zero, []));
        await harness.PassAsync(TimeSpan.FromMilliseconds(500));

        (await harness.Broker.PromoteAsync("default", 10, default)).Expired.Should().Be(1);
    }
}
