using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>The fetch that stands in the broker behind a worker's sleep.</summary>
public abstract class StandingFetchTests(RedisFixture redis)
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Tasks_come_with_the_wake_up_as_many_as_there_is_room_for()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var sleep = await Sleep.BeginAsync(redis.Url, harness, room: 2);
        var sent = Enumerable.Range(0, 3).Select(_ => BrokerHarness.Message()).ToList();

        await harness.Broker.EnqueueAsync([.. sent.Select(message => new EnqueueRequest(message))], default);
        var up = await sleep.Over;

        up.TookToken.Should().BeTrue();
        up.Queues.Should().BeEmpty("what it was woken for it has");
        up.Fetched!.Messages.Select(m => m.Id).Should().Equal(sent.Take(2).Select(m => m.Id.ToString("N")));
        (await harness.Broker.HeldAsync(sleep.Worker, "default", default)).Should().HaveCount(2);
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 1L, Running = 2L });
    }

    [Fact]
    public async Task Task_whose_token_was_lost_comes_at_the_end_of_the_longest_sleep()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var sent = await harness.EnqueueAsync();
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", harness.Queue.Wake), default);

        await using var sleep = await Sleep.BeginAsync(redis.Url, harness);
        var up = await sleep.Over;

        up.TookToken.Should().BeFalse();
        up.Fetched!.Messages.Should().ContainSingle().Which.Id.Should().Be(sent.Id.ToString("N"));
    }

    [Fact]
    public async Task Fetch_that_is_called_back_comes_at_once_with_nothing_and_leaves_no_key()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var sleep = await Sleep.BeginAsync(redis.Url, harness);

        await harness.Broker.RecallAsync(sleep.Worker, "default", default);
        var up = await sleep.Over;

        up.TookToken.Should().BeFalse();
        up.Fetched.Should().BeEquivalentTo(new { LeaseLost = false, NextDue = (TimeSpan?)null, Messages = Array.Empty<Held>() });
        (await harness.Client.ExecuteAsync(RedisCommand.Create("EXISTS", harness.Queue.Recall(sleep.Worker)), default)).AsInteger().Should().Be(0);
    }

    [Fact]
    public async Task Fetch_takes_nothing_once_its_worker_has_asked_what_it_holds()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var sleep = await Sleep.BeginAsync(redis.Url, harness);

        (await harness.Broker.ReclaimAsync(sleep.Worker, "default", generation: 1, default)).Should().BeEmpty();
        await harness.EnqueueAsync();
        var up = await sleep.Over;

        up.Should().BeEquivalentTo(new { TookToken = true, Queues = new[] { "default" }, Fetched = (StepReply?)null }, "the token is for somebody who may fetch");
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 1L, Running = 0L });
        var next = await harness.Broker.StepAsync(sleep.Worker, [], [new Fetch("default", 1, Generation: 1)], default);
        next["default"].Messages.Should().ContainSingle("fetches of the new generation go on");
    }

    [Fact]
    public async Task Fetch_of_a_worker_whose_lease_is_lost_takes_nothing()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var sleep = await Sleep.BeginAsync(redis.Url, harness);

        await harness.Client.ExecuteAsync(RedisCommand.Create("ZREM", harness.Queue.Leases, sleep.Worker), default);
        await harness.EnqueueAsync();
        var up = await sleep.Over;

        up.Should().BeEquivalentTo(new { TookToken = true, Queues = new[] { "default" }, Fetched = (StepReply?)null }, "the token is for somebody who may fetch");
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 1L, Running = 0L });
    }

    [Fact]
    public async Task Server_that_forgot_the_script_gets_it_again_and_hands_out_the_task()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.Client.ExecuteAsync(RedisCommand.Create("SCRIPT", "FLUSH"), default);
        await using var sleep = await Sleep.BeginAsync(redis.Url, harness);

        var sent = await harness.EnqueueAsync();
        var up = await sleep.Over;

        up.TookToken.Should().BeTrue();
        up.Fetched!.Messages.Should().ContainSingle().Which.Id.Should().Be(sent.Id.ToString("N"));
    }

    /// <summary>A worker that sleeps in the broker, on a connection of its own.</summary>
    private sealed class Sleep(RedisClient client, Incarnation life, Task<WakeUp> over) : IAsyncDisposable
    {
        public string Worker => life.Name;

        public Task<WakeUp> Over => over.WaitAsync(Long, TimeProvider.System);

        public static async Task<Sleep> BeginAsync(string url, BrokerHarness harness, int room = 1)
        {
            var life = new Incarnation("sleeper");
            var client = new RedisClient(RedisOptions.Parse(url), life.Name, TimeProvider.System, NullLogger.Instance);
            await client.ConnectAsync(default);
            harness.TakeLease(url, life.Name);
            var plan = new CurrentPlan(new WorkerPlan(room, QueueOrder.Fair, [new QueueShare("default")]));
            return new Sleep(client, life, new WakeListener(client, harness.Broker.Options, plan).WaitAsync(new StandingFetch(life, new Fetch("default", room)), default));
        }

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            life.Dispose();
        }
    }
}
