using System.Text;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>retry.lua, bury.lua and release.lua.</summary>
public abstract class SettlementTests(RedisFixture redis)
{
    [Fact]
    public async Task Retried_task_waits_its_delay_with_its_attempt_counted()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var held = await HoldAsync(harness);
        var next = Envelope.Write(Envelope.Read(held.Bytes, "default") with { Attempt = 1 });

        await harness.StepAsync("w1", 5, new Retry(held.Id, "default", next, TimeSpan.FromSeconds(30), "failure"u8.ToArray()));

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 0L, Delayed = 1L, Running = 0L });
        (await harness.Client.ExecuteAsync(RedisCommand.Create("HGET", harness.Queue.DelayedMessages, held.Id), default)).AsBytes().Should().Equal(next);
        (await harness.ListAsync(harness.Queue.Results("w1"))).Should().Equal("failure");
    }

    [Fact]
    public async Task Retry_that_is_sent_twice_is_one_task()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var held = await HoldAsync(harness);
        var retry = new Retry(held.Id, "default", held.Bytes, TimeSpan.Zero, "failure"u8.ToArray());
        await harness.StepAsync("w1", 0, retry);
        await harness.Broker.PromoteAsync("default", 10, default);

        await harness.StepAsync("w1", 0, retry);

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 1L, Delayed = 0L });
    }

    [Fact]
    public async Task Buried_task_is_kept_with_its_reason()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var held = await HoldAsync(harness);

        await harness.StepAsync("w1", 0, new Bury(held.Id, "default", held.Bytes, """{"reason":"failed","error":"boom"}"""u8.ToArray(), []));

        var found = await harness.Broker.FindAsync(Guid.ParseExact(held.Id, "N"), default);
        found.Should().BeEquivalentTo(new { State = TaskRunner.Results.TaskState.Dead, Error = "boom" });
    }

    [Fact]
    public async Task Dead_set_keeps_the_newest_tasks_only()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { MaxDeadTasks = 3 });
        harness.TakeLease(redis.Url, "w1");
        var sent = new List<TaskMessage>();
        for (var i = 0; i < 5; i++)
        {
            sent.Add(await harness.EnqueueAsync());
            var held = (await harness.StepAsync("w1", 1)).Messages[0];
            await harness.StepAsync("w1", 0, new Bury(held.Id, "default", held.Bytes, "{}"u8.ToArray(), []));
        }

        (await harness.NumberAsync("ZCARD", harness.Queue.Dead)).Should().Be(3);
        (await harness.NumberAsync("HLEN", harness.Queue.DeadMessages)).Should().Be(3);
        (await harness.NumberAsync("HLEN", harness.Queue.DeadReasons)).Should().Be(3);
        (await harness.Broker.FindAsync(sent[4].Id, default)).Should().NotBeNull();
    }

    [Fact]
    public async Task Released_tasks_are_at_the_head_in_their_old_order_and_unchanged()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        for (var i = 0; i < 4; i++)
        {
            await harness.EnqueueAsync(BrokerHarness.Message(arguments: $"{i}"));
        }

        var before = await harness.ListAsync(harness.Queue.Ready[4]);
        var held = (await harness.StepAsync("w1", 2)).Messages;

        await harness.StepAsync("w1", 0, [.. held.Select(h => new Release(h.Id, "default"))]);

        (await harness.ListAsync(harness.Queue.Ready[4])).Should().Equal(before);
    }

    [Fact]
    public async Task Worker_without_a_lease_cannot_retry_bury_or_release()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var held = await HoldAsync(harness);
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZREM", harness.Queue.Leases, "w1"), default);

        await harness.StepAsync(
            "w1",
            0,
            new Retry(held.Id, "default", held.Bytes, TimeSpan.Zero, []),
            new Bury(held.Id, "default", held.Bytes, "{}"u8.ToArray(), []),
            new Release(held.Id, "default"));

        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("w1"))).Should().Be(1);
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 0L, Delayed = 0L, Dead = 0L });
    }

    private async Task<Held> HoldAsync(BrokerHarness harness)
    {
        harness.TakeLease(redis.Url, "w1");
        await harness.EnqueueAsync(BrokerHarness.Message(arguments: Encoding.UTF8.GetString("{\"a\":1}"u8)));
        return (await harness.StepAsync("w1", 1)).Messages[0];
    }
}
