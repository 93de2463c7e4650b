using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public abstract class RateTests(RedisFixture redis)
{
    private static readonly RateLimit OneAnHour = new(1, TimeSpan.FromHours(1));

    [Fact]
    public async Task Tasks_over_the_rate_of_their_key_are_parked_and_do_not_block_others()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var meanwhile = new Meanwhile();
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 3).Select(_ => Limited("a", OneAnHour))], default);
        await harness.Broker.EnqueueAsync([Limited("b", OneAnHour)], default);
        await harness.EnqueueAsync();

        var reply = await harness.StepAsync("w1", 10);

        reply.Messages.Should().HaveCount(3);
        meanwhile.ShouldHaveShrunk(reply.NextDue, TimeSpan.FromHours(1));
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 0L, Parked = 2L });
    }

    [Fact]
    public async Task Parked_tasks_start_in_their_order_when_the_rate_allows()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var requests = Enumerable.Range(0, 5).Select(_ => Limited("a", new RateLimit(10, TimeSpan.FromSeconds(1)))).ToList();
        await harness.Broker.EnqueueAsync(requests, default);
        var started = new List<string>();

        var began = await harness.ServerMillisecondsAsync();
        await Eventually.TrueAsync(async () =>
        {
            await harness.Broker.PromoteAsync("default", 100, default);
            started.AddRange((await harness.StepAsync("w1", 10)).Messages.Select(m => m.Id));
            return started.Count == 5;
        });
        var took = await harness.ServerMillisecondsAsync() - began;

        started.Should().Equal(requests.Select(r => r.Message.Id.ToString("N")));
        took.Should().BeGreaterThanOrEqualTo(390, "five starts at ten a second are four intervals of 100 ms");
    }

    [Fact]
    public async Task Limit_of_a_type_set_while_running_holds_for_every_message_and_is_lifted_at_once()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        (await harness.Broker.SetRateLimitAsync("default", "debug.echo", OneAnHour, default)).Should().BeTrue();
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 3).Select(_ => new EnqueueRequest(BrokerHarness.Message()))], default);
        await harness.EnqueueAsync(BrokerHarness.Message("other"));
        (await harness.StepAsync("w1", 10)).Messages.Should().HaveCount(2);

        await harness.Broker.SetRateLimitAsync("default", "debug.echo", RateLimit.None, default);

        (await harness.Broker.PromoteAsync("default", 100, default)).Moved.Should().Be(2);
        var reply = await harness.StepAsync("w1", 10);
        reply.Messages.Should().HaveCount(2);
        Envelope.Read(reply.Messages[0].Bytes, "default").Task.Should().Be("debug.echo");
        (await harness.Broker.StatusAsync("default", default)).Parked.Should().Be(0);
    }

    [Fact]
    public async Task Limit_that_the_code_sets_is_overridden_and_comes_back()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1", known: [new KnownTask("debug.echo", OneAnHour), new KnownTask("other", null)]);
        var faster = new RateLimit(100, TimeSpan.FromSeconds(1));
        (await harness.Broker.RateLimitsAsync("default", default)).Should().Equal(new QueueRateLimit("default", "debug.echo", OneAnHour, ByHand: false));

        await harness.Broker.SetRateLimitAsync("default", "debug.echo", faster, default);
        (await harness.Broker.RateLimitsAsync("default", default)).Should().Equal(new QueueRateLimit("default", "debug.echo", faster, ByHand: true));

        await harness.Broker.SetRateLimitAsync("default", "debug.echo", null, default);
        (await harness.Broker.RateLimitsAsync("default", default)).Should().Equal(new QueueRateLimit("default", "debug.echo", OneAnHour, ByHand: false));
        harness.TakeLease(redis.Url, "w2", known: [new KnownTask("debug.echo", null)]);
        (await harness.Broker.RateLimitsAsync("default", default)).Should().BeEmpty();
    }

    [Fact]
    public async Task Limit_of_a_queue_leaves_its_tasks_in_their_lists_and_says_when_the_next_may_start()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Broker.SetRateLimitAsync("default", null, new RateLimit(20, TimeSpan.FromHours(1)), default);
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 9).Select(_ => new EnqueueRequest(BrokerHarness.Message()))], default);

        var first = await harness.StepAsync("w1", 9);
        var second = await harness.StepAsync("w1", 9);

        first.Messages.Should().HaveCount(2, "a tenth of the count may start ahead");
        second.Messages.Should().BeEmpty();
        second.NextDue.Should().BeCloseTo(TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(1));
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 7L, Parked = 0L });
        (await harness.Broker.PromoteAsync("default", 10, default)).QueueOpened.Should().BeFalse();
    }

    [Fact]
    public async Task Queue_with_a_limit_opens_again_and_starts_no_more_than_its_rate()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Broker.SetRateLimitAsync("default", null, new RateLimit(20, TimeSpan.FromSeconds(10)), default);
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 9).Select(_ => new EnqueueRequest(BrokerHarness.Message()))], default);
        var began = await harness.ServerMillisecondsAsync();
        var started = (await harness.StepAsync("w1", 9)).Messages.Count;

        while (started < 4)
        {
            await Eventually.TrueAsync(async () => (await harness.Broker.PromoteAsync("default", 10, default)).QueueOpened);
            started += (await harness.StepAsync("w1", 9)).Messages.Count;

            var passed = await harness.ServerMillisecondsAsync() - began;
            started.Should().BeLessThanOrEqualTo(2 + (int)(passed / 500), "two may start ahead, and one in 500 ms, of which {0} ms passed", passed);
        }
    }

    [Fact]
    public async Task Backlog_of_a_limited_key_is_parked_in_bounded_bites()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 1500).Select(_ => Limited("a", OneAnHour))], default);
        var plain = await harness.EnqueueAsync();

        var first = await harness.StepAsync("w1", 1);
        var second = await harness.StepAsync("w1", 1);

        first.Messages.Should().ContainSingle();
        second.Messages.Should().BeEmpty();
        second.MayHaveMore.Should().BeTrue();
        await Eventually.TrueAsync(async () => (await harness.StepAsync("w1", 1)).Messages.Any(m => m.Id == plain.Id.ToString("N")));
    }

    private static EnqueueRequest Limited(string key, RateLimit limit) => new(BrokerHarness.Message() with { Rules = new TaskRules { RateKey = key, RateLimit = limit } });
}
