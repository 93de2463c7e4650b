using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>A script never loses what it took, whatever stands beside it.</summary>
public abstract class HostileMessageTests(RedisFixture redis)
{
    private const int Innocents = 20;

    public static TheoryData<string> Names => [.. HostileMessages.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Tasks_fetched_beside_a_hostile_message_are_handed_out_and_it_has_its_place(string name)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var (message, isUnreadable) = HostileMessages.All[name];
        var innocents = await EnqueueAsync(harness, Innocents / 2);
        await PushAsync(harness, message);
        innocents.AddRange(await EnqueueAsync(harness, Innocents / 2));

        var reply = await harness.StepAsync("w1", 64);

        reply.Failure.Should().BeNull();
        reply.Messages.Select(m => m.Id).Should().Equal(innocents);
        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("w1"))).Should().Be(Innocents);
        (await harness.NumberAsync("HLEN", harness.Queue.Slots)).Should().Be(0);
        if (isUnreadable)
        {
            var dead = await DeadAsync(harness);
            dead.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Reason = "unreadable", Message = message });
        }
        else
        {
            var result = (await harness.ResultsAsync(harness.Queue.Results("w1"))).Should().ContainSingle().Which;
            result.State.Should().Be(TaskRunner.Results.TaskState.Expired);
            result.Id.ToString("N").Should().Be(Envelope.IdOf(message));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Tasks_that_a_dead_worker_held_beside_a_hostile_message_are_put_back(string name)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { MaxRedeliveries = 0 });
        harness.TakeLease(redis.Url, "dead");
        var message = HostileMessages.All[name].Message;
        var raw = await harness.Client.ExecuteAsync(RedisCommand.Create("HSET", harness.Queue.InFlight("dead"), message[..Math.Min(32, message.Length)], message), default);
        raw.AsInteger().Should().Be(1);
        await EnqueueAsync(harness, Innocents);
        await harness.StepAsync("dead", Innocents);
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, "XX", 1, "dead"), default);
        using var lease = harness.Lease(redis.Url);

        lease.Recover("dead", "default").Should().Be((0, Innocents + 1));

        (await DeadAsync(harness)).Should().HaveCount(Innocents + 1);
        (await harness.NumberAsync("EXISTS", harness.Queue.InFlight("dead"))).Should().Be(0);
        (await harness.NumberAsync("ZCARD", harness.Queue.Leases)).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Delayed_tasks_that_are_due_with_a_hostile_one_become_ready(string name)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var message = HostileMessages.All[name].Message;
        byte[] id = [.. message.Take(32)];
        await harness.Client.ExecuteAsync(RedisCommand.Create("HSET", harness.Queue.DelayedMessages, id, message), default);
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Delayed, 1, id), default);
        for (var i = 0; i < Innocents; i++)
        {
            var sent = await harness.EnqueueAsync(delay: TimeSpan.FromHours(1));
            await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Delayed, 1, sent.Id.ToString("N")), default);
        }

        var reply = await harness.Broker.PromoteAsync("default", 500, default);

        (reply.Moved + reply.Expired).Should().Be(Innocents + 1);
        (await harness.NumberAsync("EXISTS", harness.Queue.DelayedMessages)).Should().Be(0);
        (await harness.StepAsync("w1", 64)).Messages.Should().HaveCount(Innocents);
    }

    [Fact]
    public async Task Revoking_one_task_whose_time_is_no_number_ends_it_and_costs_no_other()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var id = Guid.CreateVersion7();
        await PushAsync(harness, HostileMessages.Text($$"""{{id:N}}500{"task":"debug.echo","at":NaN}"""));
        var innocents = await EnqueueAsync(harness, Innocents);
        await harness.Broker.PauseAsync("default", null, "test", default);
        await harness.Broker.ResumeAsync("default", default);
        await harness.Broker.CancelAsync(id, default);

        var reply = await harness.StepAsync("w1", 64);

        reply.Messages.Select(m => m.Id).Should().Equal(innocents);
        (await harness.ResultsAsync(harness.Queue.Results("w1"))).Should().ContainSingle().Which.Id.Should().Be(id);
    }

    [Fact]
    public async Task Messages_without_ids_that_begin_alike_are_all_kept()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        byte[] start = [.. Enumerable.Repeat((byte)0xFF, 32)];
        for (var i = 0; i < 5; i++)
        {
            await PushAsync(harness, HostileMessages.Text("{\"v\":1,\"task\":\"debug.echo\",\"args\":{\"text\":" + i + "}}"));
            await PushAsync(harness, [.. start, .. HostileMessages.Text("599{\"task\":\"debug.sleep\",\"args\":" + i + "}")]);
        }

        var reply = await harness.StepAsync("w1", 64);

        var held = reply.Messages.Should().ContainSingle("what begins as a message does goes to the worker, which says what is wrong").Which;
        await harness.StepAsync("w1", 0, new Bury(held.Id, "default", held.Bytes, """{"reason":"unreadable","error":"no id"}"""u8.ToArray(), []));
        (await DeadAsync(harness)).Should().HaveCount(10).And.OnlyContain(task => task.Reason == "unreadable");
        (await harness.NumberAsync("EXISTS", harness.Queue.InFlight("w1"))).Should().Be(0);
    }

    [Fact]
    public async Task Unreadable_message_leaves_a_result_when_its_id_and_its_flow_can_be_read()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { KeepResults = false });
        harness.TakeLease(redis.Url, "w1");
        var id = Guid.CreateVersion7();
        await PushAsync(harness, HostileMessages.WithOptions(id.ToString("N"), """{"c":"k","cl":0}""", """{"task":"debug.echo","flow":"next"}"""));

        await harness.StepAsync("w1", 64);

        var record = (await harness.ListAsync(harness.Queue.Results("w1"))).Should().ContainSingle().Which;
        ResultRecord.ReadMarks(System.Text.Encoding.UTF8.GetBytes(record)).Flow.Should().Be("next");
        ResultRecord.Read(System.Text.Encoding.UTF8.GetBytes(record), "default").Should().BeEquivalentTo(new { Id = id, State = TaskRunner.Results.TaskState.Dead });
    }

    private static async Task<List<DeadTask>> DeadAsync(BrokerHarness harness)
    {
        var found = new List<DeadTask>();
        await foreach (var task in harness.Broker.DeadAsync(new DeadFilter { Queue = "default" }, default))
        {
            found.Add(task);
        }

        return found;
    }

    private static async Task PushAsync(BrokerHarness harness, byte[] message) =>
        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], message), default);

    private static async Task<List<string>> EnqueueAsync(BrokerHarness harness, int count)
    {
        var requests = Enumerable.Range(0, count).Select(_ => new EnqueueRequest(BrokerHarness.Message())).ToList();
        await harness.Broker.EnqueueAsync(requests, default);
        return [.. requests.Select(r => r.Message.Id.ToString("N"))];
    }
}
