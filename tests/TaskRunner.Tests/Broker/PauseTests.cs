using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public abstract class PauseTests(RedisFixture redis)
{
    [Fact]
    public async Task Paused_queue_gives_nothing_until_it_is_resumed_and_says_why()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.EnqueueAsync();
        await harness.Broker.PauseAsync("default", "the bank is closed", "anna", default);

        (await harness.StepAsync("w1", 5)).Messages.Should().BeEmpty();
        (await harness.Broker.PauseOfAsync("default", default)).Should().BeEquivalentTo(new { Reason = "the bank is closed", By = "anna" });
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Paused = true, Waiting = 1L });

        (await harness.Broker.ResumeAsync("default", default)).Should().BeTrue();
        (await harness.Broker.ResumeAsync("default", default)).Should().BeFalse();
        (await harness.Broker.PauseOfAsync("default", default)).Should().BeNull();
        (await harness.StepAsync("w1", 5)).Messages.Should().ContainSingle();
    }

    [Fact]
    public async Task Pause_by_hand_is_understood()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.Client.ExecuteAsync(RedisCommand.Create("HSET", harness.Queue.Meta, "paused", "while we look"), default);

        (await harness.Broker.PauseOfAsync("default", default))!.Reason.Should().Be("while we look");
    }
}
