using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public abstract class EnqueueTests(RedisFixture redis)
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Task_waits_in_the_list_of_its_priority(int protocol)
    {
        await using var harness = await BrokerHarness.OpenAsync($"{redis.Url}?protocol={protocol}");

        var message = await harness.EnqueueAsync(BrokerHarness.Message(priority: 8));

        var list = await harness.ListAsync(harness.Queue.Ready[1]);
        list.Should().ContainSingle().Which.Should().StartWith(message.Id.ToString("N"));
    }

    [Fact]
    public async Task Second_task_with_a_remembered_id_is_refused()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var request = new EnqueueRequest(BrokerHarness.Message()) { RememberId = TimeSpan.FromMinutes(1) };

        var first = await harness.Broker.EnqueueAsync([request], default);
        var second = await harness.Broker.EnqueueAsync([request], default);

        first.Should().Equal(EnqueueStatus.Accepted);
        second.Should().Equal(EnqueueStatus.Duplicate);
        (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(1);
    }

    [Fact]
    public async Task Id_is_forgotten_when_its_time_is_over()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var request = new EnqueueRequest(BrokerHarness.Message()) { RememberId = TimeSpan.FromMilliseconds(30) };
        await harness.Broker.EnqueueAsync([request], default);

        await Eventually.TrueAsync(async () => (await harness.Broker.EnqueueAsync([request], default))[0] == EnqueueStatus.Accepted);
    }

    [Fact]
    public async Task Same_id_twice_in_one_batch_is_one_task()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var request = new EnqueueRequest(BrokerHarness.Message()) { RememberId = TimeSpan.FromMinutes(1) };

        var statuses = await harness.Broker.EnqueueAsync([request, request], default);

        statuses.Should().Equal(EnqueueStatus.Accepted, EnqueueStatus.Duplicate);
    }

    [Fact]
    public async Task Ten_thousand_tasks_of_several_queues_are_enqueued_in_one_call()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var requests = Enumerable.Range(0, 10_000).Select(i => new EnqueueRequest(BrokerHarness.Message(queue: $"q{i % 3}", priority: i % 10))).ToList();

        var statuses = await harness.Broker.EnqueueAsync(requests, default);

        statuses.Should().HaveCount(10_000).And.OnlyContain(s => s == EnqueueStatus.Accepted);
        var waiting = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => harness.Broker.StatusAsync($"q{i}", default)));
        waiting.Sum(q => q.Waiting).Should().Be(10_000);
    }

    [Fact]
    public async Task Delayed_task_is_not_ready()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);

        await harness.EnqueueAsync(delay: TimeSpan.FromHours(1));

        var status = await harness.Broker.StatusAsync("default", default);
        status.Waiting.Should().Be(0);
        status.Delayed.Should().Be(1);
    }

    [Fact]
    public async Task Payload_over_the_limit_is_refused_and_nothing_of_the_batch_is_enqueued()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { MaxPayloadBytes = 2048 });
        var large = BrokerHarness.Message(arguments: $"\"{new string('x', 3000)}\"");

        var enqueue = () => harness.Broker.EnqueueAsync([new EnqueueRequest(BrokerHarness.Message()), new EnqueueRequest(large)], default);

        await enqueue.Should().ThrowAsync<PayloadTooLargeException>().WithMessage("*the limit is 2,048 (TASKRUNNER_MAX_PAYLOAD_BYTES)*");
        (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(0);
    }

    [Fact]
    public async Task Wake_up_tokens_stay_few()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);

        for (var i = 0; i < 40; i++)
        {
            await harness.EnqueueAsync();
        }

        (await harness.NumberAsync("LLEN", harness.Queue.Wake)).Should().Be(16);
    }

    [Fact]
    public async Task Away_broker_is_reported_as_such()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        await server.KillAsync();

        var enqueue = () => harness.EnqueueAsync();

        await enqueue.Should().ThrowAsync<BrokerUnavailableException>();
    }

    [Fact]
    public async Task Full_broker_refuses_and_says_so()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Configuration = ["maxmemory 1", "maxmemory-policy noeviction"] });
        await using var harness = await BrokerHarness.OpenAsync(server.Url);

        var enqueue = () => harness.EnqueueAsync();

        (await enqueue.Should().ThrowAsync<BrokerUnavailableException>().WithMessage("*OOM*")).Which.OutcomeUnknown.Should().BeFalse();
    }
}
