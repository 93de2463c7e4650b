using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public abstract class StepTests(RedisFixture redis)
{
    [Fact]
    public async Task Worker_gets_tasks_by_priority_and_then_in_their_order()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = new List<TaskMessage>();
        foreach (var priority in new[] { 5, 9, 0, 5, 9 })
        {
            sent.Add(await harness.EnqueueAsync(BrokerHarness.Message(priority: priority)));
        }

        var reply = await harness.StepAsync("w1", 10);

        reply.Messages.Select(m => m.Id).Should().Equal(new[] { sent[1], sent[4], sent[0], sent[3], sent[2] }.Select(m => m.Id.ToString("N")));
    }

    [Theory]
    [InlineData(200, 0)]
    [InlineData(40, 160)]
    public async Task Fetch_stops_before_large_messages_are_more_than_a_reply_should_hold(int large, int small)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var text = $$"""{"text":"{{new string('x', 250_000)}}"}""";
        var sent = new List<string>();
        foreach (var arguments in Enumerable.Repeat("{}", small).Concat(Enumerable.Repeat(text, large)))
        {
            sent.Add((await harness.EnqueueAsync(BrokerHarness.Message(arguments: arguments))).Id.ToString("N"));
        }

        var got = new List<string>();
        StepReply reply;
        do
        {
            reply = await harness.StepAsync("w1", 1000);
            reply.Messages.Sum(m => m.Bytes.Length).Should().BeLessThan(40 << 20);
            got.AddRange(reply.Messages.Select(m => m.Id));
        }
        while (reply.MayHaveMore);

        got.Should().Equal(sent, "each of them is fetched once, in the order of the queue");
        (await harness.Broker.HeldAsync("w1", "default", default)).Should().HaveCount(200);
    }

    [Fact]
    public async Task Fetch_of_a_thousand_small_tasks_takes_them_all()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 1000).Select(_ => new EnqueueRequest(BrokerHarness.Message()))], default);

        (await harness.StepAsync("w1", 1000)).Messages.Should().HaveCount(1000);
    }

    [Fact]
    public async Task Fetch_that_empties_its_queue_leaves_no_token_that_would_wake_a_worker_for_nothing()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        for (var i = 0; i < 3; i++)
        {
            await harness.EnqueueAsync();
        }

        await harness.StepAsync("w1", 2);
        (await harness.NumberAsync("LLEN", harness.Queue.Wake)).Should().Be(3, "a task is left");
        await harness.StepAsync("w1", 2);

        (await harness.NumberAsync("LLEN", harness.Queue.Wake)).Should().Be(0);
    }

    [Fact]
    public async Task Finished_tasks_with_and_without_results_leave_together_and_strangers_count_for_nothing()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 4).Select(_ => new EnqueueRequest(BrokerHarness.Message()))], default);
        var held = (await harness.StepAsync("w1", 4)).Messages;
        var stranger = new Acknowledge(BrokerHarness.Message().Id.ToString("N"), "default", []);

        var reply = await harness.StepAsync("w1", 0, new Acknowledge(held[0], []), new Acknowledge(held[1], "one"u8.ToArray()), stranger, new Acknowledge(held[2], []), new Acknowledge(held[3], "two"u8.ToArray()));

        reply.Acknowledged.Should().Be(4);
        (await harness.ListAsync(harness.Queue.Results("w1"))).Should().Equal("one", "two");
        (await harness.Broker.HeldAsync("w1", "default", default)).Should().BeEmpty();
    }

    [Fact]
    public async Task Worker_gets_no_more_than_it_wants()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 10).Select(i => new EnqueueRequest(BrokerHarness.Message(priority: i)))], default);

        var reply = await harness.StepAsync("w1", 3);

        reply.Messages.Should().HaveCount(3);
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 7L, Running = 3L });
    }

    [Fact]
    public async Task Fetched_task_is_held_and_acknowledged_task_is_gone_with_its_result_kept()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = await harness.EnqueueAsync();
        var id = sent.Id.ToString("N");
        await harness.StepAsync("w1", 1);
        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("w1"))).Should().Be(1);

        var reply = await harness.StepAsync("w1", 0, new Acknowledge(id, "default", "result"u8.ToArray()));

        reply.Acknowledged.Should().Be(1);
        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("w1"))).Should().Be(0);
        (await harness.ListAsync(harness.Queue.Results("w1"))).Should().Equal("result");
    }

    [Fact]
    public async Task Repeated_acknowledgement_changes_nothing()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = await harness.EnqueueAsync();
        await harness.StepAsync("w1", 1);
        var acknowledge = new Acknowledge(sent.Id.ToString("N"), "default", "result"u8.ToArray());
        await harness.StepAsync("w1", 0, acknowledge);

        var reply = await harness.StepAsync("w1", 0, acknowledge);

        reply.Acknowledged.Should().Be(0);
        (await harness.ListAsync(harness.Queue.Results("w1"))).Should().ContainSingle();
    }

    [Fact]
    public async Task Worker_without_a_lease_neither_gets_nor_settles_anything()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = await harness.EnqueueAsync();
        await harness.StepAsync("w1", 1);
        await harness.EnqueueAsync();
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZREM", harness.Queue.Leases, "w1"), default);

        var reply = await harness.StepAsync("w1", 1, new Acknowledge(sent.Id.ToString("N"), "default", []));

        reply.LeaseLost.Should().BeTrue();
        reply.Messages.Should().BeEmpty();
        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("w1"))).Should().Be(1);
    }

    [Fact]
    public async Task Worker_cannot_acknowledge_what_another_one_holds()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "w2");
        var sent = await harness.EnqueueAsync();
        await harness.StepAsync("w1", 1);

        var reply = await harness.StepAsync("w2", 0, new Acknowledge(sent.Id.ToString("N"), "default", []));

        reply.Acknowledged.Should().Be(0);
        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("w1"))).Should().Be(1);
    }

    [Fact]
    public async Task Paused_queue_gives_nothing_and_still_takes_acknowledgements()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = await harness.EnqueueAsync();
        await harness.StepAsync("w1", 1);
        await harness.EnqueueAsync();
        await harness.Client.ExecuteAsync(RedisCommand.Create("HSET", harness.Queue.Meta, "paused", "1"), default);

        var reply = await harness.StepAsync("w1", 5, new Acknowledge(sent.Id.ToString("N"), "default", []));

        reply.Messages.Should().BeEmpty();
        reply.Acknowledged.Should().Be(1);
        (await harness.Broker.StatusAsync("default", default)).Paused.Should().BeTrue();
    }

    [Fact]
    public async Task Step_tells_when_the_next_delayed_task_is_due()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var meanwhile = new Meanwhile();
        await harness.EnqueueAsync(delay: TimeSpan.FromSeconds(60));

        var reply = await harness.StepAsync("w1", 1);

        meanwhile.ShouldHaveShrunk(reply.NextDue, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task What_is_left_behind_wakes_the_next_worker()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 3).Select(_ => new EnqueueRequest(BrokerHarness.Message()))], default);
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", harness.Queue.Wake), default);

        await harness.StepAsync("w1", 2);

        (await harness.NumberAsync("LLEN", harness.Queue.Wake)).Should().Be(1);
    }

    [Fact]
    public async Task Garbage_in_a_list_goes_to_the_dead_set_whole()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], "garbage"), default);

        (await harness.StepAsync("w1", 1)).Messages.Should().BeEmpty();

        var kept = (await harness.Client.ExecuteAsync(RedisCommand.Create("HVALS", harness.Queue.DeadMessages), default)).Items;
        kept.Should().ContainSingle().Which.AsString().Should().Be("garbage");
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Running = 0L, Dead = 1L });
    }

    [Fact]
    public async Task Six_workers_in_a_race_get_every_task_exactly_once()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 3000).Select(i => new EnqueueRequest(BrokerHarness.Message(priority: i % 10)))], default);
        var workers = Enumerable.Range(0, 6).Select(i => $"w{i}").ToList();
        workers.ForEach(w => harness.TakeLease(redis.Url, w));

        var fetched = await Task.WhenAll(workers.Select(async worker =>
        {
            var mine = new List<string>();
            Settlement[] finished = [];
            while ((await harness.StepAsync(worker, 7, finished)).Messages is { Count: > 0 } messages)
            {
                mine.AddRange(messages.Select(m => m.Id));
                finished = [.. messages.Select(m => new Acknowledge(m.Id, "default", []))];
            }

            return mine;
        }));

        fetched.SelectMany(ids => ids).Should().HaveCount(3000).And.OnlyHaveUniqueItems();
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 0L, Running = 0L });
    }
}
