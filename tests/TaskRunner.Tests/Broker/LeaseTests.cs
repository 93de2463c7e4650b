using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>lease.lua, recover.lua and leave.lua.</summary>
public abstract class LeaseTests(RedisFixture redis)
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Held_lease_is_renewed()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        using var lease = harness.Lease(redis.Url);

        var reply = lease.Renew("w1");

        reply.Held.Should().BeTrue();
        reply.Expired.Should().BeEmpty();
    }

    [Fact]
    public async Task Lease_that_the_broker_does_not_know_is_not_renewed()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        using var lease = harness.Lease(redis.Url);

        lease.Renew("stranger").Held.Should().BeFalse();

        (await harness.NumberAsync("ZCARD", harness.Queue.Leases)).Should().Be(0);
    }

    [Fact]
    public async Task Expired_lease_is_reported_to_the_others()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "dead", Short);
        using var lease = harness.Lease(redis.Url);

        await Eventually.TrueAsync(() => lease.Renew("w1").Expired.Contains(("dead", "default")));
    }

    [Fact]
    public async Task Dead_workers_that_nobody_can_recover_hide_no_other()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        foreach (var number in Enumerable.Range(1, 20))
        {
            // In the order of their leases the last one is the one that can be recovered.
            await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, number, $"dead-{number}"), default);
        }

        using var lease = harness.Lease(redis.Url);

        await Eventually.TrueAsync(() => lease.Renew("w1").Expired.Contains(("dead-20", "default")));
        await Eventually.TrueAsync(() => lease.Renew("w1").Expired.Contains(("dead-1", "default")));
        lease.Renew("w1").Expired.Should().HaveCount(8, "no beat does more");
    }

    [Fact]
    public async Task Tasks_of_a_dead_worker_are_at_the_head_with_one_redelivery_more_and_no_attempt_used()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "dead", Short);
        var first = await harness.EnqueueAsync(BrokerHarness.Message() with { Attempt = 2 });
        var second = await harness.EnqueueAsync();
        await harness.StepAsync("dead", 2);
        await harness.EnqueueAsync();

        (await RecoverAsync(harness, "dead")).Should().Be((2, 0));

        var list = await harness.ListAsync(harness.Queue.Ready[4]);
        list.Should().HaveCount(3);
        list[0].Should().StartWith(first.Id.ToString("N") + "501");
        list[1].Should().StartWith(second.Id.ToString("N") + "501");
        Envelope.Read(System.Text.Encoding.UTF8.GetBytes(list[0]), "default").Attempt.Should().Be(2);
        (await harness.NumberAsync("ZCARD", harness.Queue.Leases)).Should().Be(0);
    }

    [Fact]
    public async Task Live_worker_is_not_recovered()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.EnqueueAsync();
        await harness.StepAsync("w1", 1);
        using var lease = harness.Lease(redis.Url);

        lease.Recover("w1", "default").Should().BeNull();

        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("w1"))).Should().Be(1);
    }

    [Fact]
    public async Task Dead_worker_is_recovered_by_one_of_many()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "dead", Short);
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 50).Select(_ => new EnqueueRequest(BrokerHarness.Message()))], default);
        await harness.StepAsync("dead", 50);
        await Eventually.TrueAsync(() => IsExpired(harness, "dead"));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() =>
        {
            using var lease = harness.Lease(redis.Url);
            return lease.Recover("dead", "default");
        })));

        outcomes.Where(o => o is not null).Should().ContainSingle().Which.Should().Be((50, 0));
        (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(50);
    }

    [Fact]
    public async Task Task_that_keeps_killing_its_worker_ends_in_the_dead_set_with_a_result()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { MaxRedeliveries = 3 });
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("debug.crash"));
        for (var death = 1; death <= 4; death++)
        {
            harness.TakeLease(redis.Url, $"dead{death}", Short);
            (await harness.StepAsync($"dead{death}", 1)).Messages.Should().ContainSingle();
            (await RecoverAsync(harness, $"dead{death}")).Should().Be(death <= 3 ? (1, 0) : (0, 1));
        }

        var found = await harness.Broker.FindAsync(sent.Id, default);
        found!.State.Should().Be(TaskState.Dead);
        found.Error.Should().Contain("crash-loop");
        var record = (await harness.ListAsync(harness.Queue.OrphanedResults)).Should().ContainSingle().Subject;
        ResultRecord.Read(System.Text.Encoding.UTF8.GetBytes(record), "default").Should().BeEquivalentTo(new { sent.Id, Task = "debug.crash", State = TaskState.Dead, Attempts = 1, Redeliveries = 4 });
    }

    [Fact]
    public async Task Results_of_a_dead_worker_are_adopted_by_the_next_heartbeat()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "dead", Short);
        var sent = await harness.EnqueueAsync();
        await harness.StepAsync("dead", 1);
        await harness.StepAsync("dead", 0, new Acknowledge(sent.Id.ToString("N"), "default", "result"u8.ToArray()));
        await RecoverAsync(harness, "dead");
        using var lease = harness.Lease(redis.Url);

        lease.Renew("w1").AdoptedResults.Should().Be(1);

        (await harness.ListAsync(harness.Queue.Results("w1"))).Should().Equal("result");
        (await harness.NumberAsync("LLEN", harness.Queue.Results("dead"))).Should().Be(0);
    }

    [Fact]
    public async Task Leaving_worker_hands_over_at_once_and_unchanged()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.EnqueueAsync();
        await harness.EnqueueAsync();
        var before = await harness.ListAsync(harness.Queue.Ready[4]);
        await harness.StepAsync("w1", 2);
        using var lease = harness.Lease(redis.Url);

        lease.Leave("w1").Should().Be(2);

        (await harness.ListAsync(harness.Queue.Ready[4])).Should().Equal(before);
        (await harness.Broker.WorkersAsync(TimeSpan.FromSeconds(10), default)).Should().BeEmpty();
        (await harness.NumberAsync("HLEN", harness.Keys.Workers)).Should().Be(0);
    }

    [Fact]
    public async Task Leaving_worker_hands_over_what_it_can_when_one_list_takes_nothing()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        foreach (var priority in new[] { 5, 5, 3, 5, 5 })
        {
            await harness.EnqueueAsync(BrokerHarness.Message(priority: priority));
        }

        await harness.StepAsync("w1", 5);
        var list = harness.Queue.Ready[6];
        await harness.Client.ExecuteAsync(RedisCommand.Create("SET", list, "wrong"), default);
        using var lease = harness.Lease(redis.Url);

        lease.Leave("w1").Should().Be(0, "it is not done");

        (await harness.ListAsync(harness.Queue.Ready[4])).Should().HaveCount(4).And.OnlyContain(message => message.Substring(33, 2) == "00");
        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("w1"))).Should().Be(1);
        (await harness.NumberAsync("ZCARD", harness.Queue.Leases)).Should().Be(1, "what is left is recovered when it has run out");
    }

    [Fact]
    public async Task Tasks_of_a_dead_worker_whose_lease_is_gone_are_found_and_recovered()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "dead", Short);
        await harness.EnqueueAsync();
        await harness.StepAsync("dead", 1);
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZREM", harness.Queue.Leases, "dead"), default);
        using var lease = harness.Lease(redis.Url);

        await Eventually.TrueAsync(() => lease.Renew("w1").Expired.Contains(("dead", "default")));

        lease.Recover("dead", "default").Should().Be((1, 0));
        (await harness.StepAsync("w1", 5)).Messages.Should().ContainSingle();
        (await harness.NumberAsync("HLEN", harness.Queue.Holders)).Should().Be(1);
    }

    [Fact]
    public async Task Worker_that_leaves_without_a_lease_hands_over_what_it_held()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.EnqueueAsync();
        await harness.StepAsync("w1", 1);
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", harness.Queue.Leases), default);
        using var lease = harness.Lease(redis.Url);

        lease.Leave("w1").Should().Be(1);

        (await harness.NumberAsync("LLEN", harness.Queue.Ready[4])).Should().Be(1);
        (await harness.NumberAsync("EXISTS", harness.Queue.InFlight("w1"))).Should().Be(0);
    }

    [Fact]
    public async Task Recovery_that_is_refused_keeps_lease_and_tasks_and_is_done_later()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "dead", Short);
        var high = await harness.EnqueueAsync(BrokerHarness.Message(priority: 9));
        await harness.EnqueueAsync();
        await harness.StepAsync("dead", 5);
        await harness.Client.ExecuteAsync(RedisCommand.Create("SET", harness.Queue.Ready[4], "no list"), default);
        (await RecoverAsync(harness, "dead")).Should().BeNull();
        (await harness.ListAsync(harness.Queue.Ready[0])).Should().ContainSingle().Which.Should().StartWith(high.Id.ToString("N") + "901");
        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("dead"))).Should().Be(1);
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", harness.Queue.Ready[4]), default);

        (await RecoverAsync(harness, "dead")).Should().Be((1, 0));

        (await harness.NumberAsync("LLEN", harness.Queue.Ready[0])).Should().Be(1);
        (await harness.NumberAsync("LLEN", harness.Queue.Ready[4])).Should().Be(1);
    }

    [Fact]
    public async Task Renewal_tells_nothing_of_kinds_that_the_worker_does_not_know_and_finds_the_one_that_it_does()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.EnqueueAsync(BrokerHarness.Message("new.task"));
        var held = (await harness.StepAsync("w1", 1)).Messages[0];
        await harness.StepAsync("w1", 0, new Park(held.Id, "default", held.Bytes, TaskKind.OfType("new.task")));
        for (var from = 0; from < 20_000; from += 1_000)
        {
            await harness.Client.ExecuteAsync(
                RedisCommand.Create("HSET", [harness.Queue.ParkedByKind, .. Enumerable.Range(from, 1_000).SelectMany(i => new RedisArgument[] { "t:unknown." + i, 1 })]), default);
        }

        var call = new BrokerCalls(harness.Keys, harness.Broker.Options).Lease("w1", "default", TimeSpan.FromSeconds(10), take: false);
        var reply = (await harness.Client.EvaluateAsync([call], default))[0];
        reply.Items[4].AsInteger().Should().Be(1, "it says that there are some, not which");
        using var lease = harness.Lease(redis.Url, known: [new KnownTask("new.task", null)]);

        lease.Renew("w1");

        (await harness.StepAsync("w1", 5)).Messages.Should().ContainSingle().Which.Id.Should().Be(held.Id);
        (await harness.NumberAsync("HLEN", harness.Queue.ParkedByKind)).Should().Be(20_000);
    }

    private async Task<(int Recovered, int Buried)?> RecoverAsync(BrokerHarness harness, string worker)
    {
        await Eventually.TrueAsync(() => IsExpired(harness, worker));
        using var lease = harness.Lease(redis.Url);
        return lease.Recover(worker, "default");
    }

    private static async Task<bool> IsExpired(BrokerHarness harness, string worker)
    {
        var replies = await harness.Client.ExecuteAsync([RedisCommand.Create("ZSCORE", harness.Queue.Leases, worker), RedisCommand.Create("TIME")], default);
        return (replies[1].Items[0].AsInteger() * 1000) + (replies[1].Items[1].AsInteger() / 1000) > replies[0].AsDouble();
    }
}
