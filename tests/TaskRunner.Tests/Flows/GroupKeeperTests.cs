using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Flows;

/// <summary>No group hangs: one of which nothing is heard any more is looked at, and ends with the reason or goes on.</summary>
public sealed class GroupKeeperTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string Lost = "It is lost: the broker knows none of its tasks, and no result of it.";

    private static readonly Flow Chord = Flow.Chord(Flow.GroupOfChains([new Step("a")], [new Step("b"), new Step("c")]), new Step("body")).OnError(new Step("alert"));

    [Fact]
    public async Task Member_that_the_broker_lost_fails_the_group_and_runs_its_error_step()
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.StartAsync(Chord);
        await scene.SendAsync("DEL", scene.Harness.Queue.Ready[4]);

        await scene.LookAsync();

        var group = await scene.GroupAsync();
        group.State.Should().Be("failed");
        group.Ends.Values.Select(end => end.Error).Should().Equal(Lost, Lost);
        (await scene.WaitingAsync()).Should().Equal("alert");
        (await scene.OpenAsync()).Should().BeEmpty("it is over");
    }

    [Fact]
    public async Task Key_of_another_queue_that_has_a_wrong_type_puts_the_look_off_and_no_more()
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.StartAsync(Chord);
        await scene.SendAsync("DEL", scene.Harness.Queue.Ready[4]);
        var other = scene.Harness.Keys.Of("other");
        await scene.SendAsync("SADD", scene.Harness.Keys.Queues, "other");
        await scene.SendAsync("HSET", other.Holders, "w9", "1");
        await scene.SendAsync("SET", other.DelayedMessages, "wrong");

        await scene.LookAsync();

        (await scene.OpenAsync()).Should().ContainSingle("it is looked at again");
        await scene.SendAsync("DEL", other.DelayedMessages);
        await scene.LookAsync();
        (await scene.GroupAsync()).State.Should().Be("failed");
        (await scene.WaitingAsync()).Should().Equal("alert");
    }

    [Fact]
    public async Task Member_in_a_queue_that_the_list_of_queues_does_not_have_is_waited_for()
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.StartAsync(Chord);
        await scene.SendAsync("DEL", scene.Harness.Keys.Queues);

        await scene.LookAsync();

        (await scene.GroupAsync()).State.Should().Be("running");
    }

    [Fact]
    public async Task Group_whose_producer_died_before_it_enqueued_the_members_fails()
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.Harness.Broker.OpenGroupAsync(scene.Id, new GroupPlan([new GroupTask(Guid.NewGuid(), "a", "default", 1)], null, new FlowStep { Task = "alert" }, null), default);

        await scene.LookAsync();

        (await scene.GroupAsync()).State.Should().Be("failed");
        (await scene.WaitingAsync()).Should().Equal("alert");
    }

    [Fact]
    public async Task Member_that_is_dead_and_of_which_the_group_did_not_hear_fails_it_with_its_own_reason()
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.StartAsync(Flow.Chord(Flow.Group(new Step("a")), new Step("body")));
        scene.Harness.TakeLease(redis.Url, "w");
        var held = (await scene.Harness.StepAsync("w", 1)).Messages.Single();
        await scene.Harness.StepAsync("w", 0, new Bury(held.Id, "default", held.Bytes, Encoding.UTF8.GetBytes("""{"error":"no stock"}"""), []));

        await scene.LookAsync();

        (await scene.GroupAsync()).Ends[0].Error.Should().Be("no stock");
    }

    [Theory]
    [InlineData("ready")]
    [InlineData("held")]
    [InlineData("ended, and not heard of yet")]
    [InlineData("ended, and left behind by its worker")]
    [InlineData("second step")]
    public async Task Member_that_is_on_its_way_is_waited_for(string place)
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.StartAsync(Flow.Chord(Flow.GroupOfChains([new Step("a"), new Step("b")]), new Step("body")));
        scene.Harness.TakeLease(redis.Url, "w");
        if (place != "ready")
        {
            var held = (await scene.Harness.StepAsync("w", 1)).Messages.Single();
            if (place != "held")
            {
                await scene.SettleAsync(held);
            }

            if (place == "ended, and left behind by its worker")
            {
                await scene.SendAsync("RENAME", scene.Harness.Queue.Results("w"), scene.Harness.Queue.OrphanedResults);
            }
            else if (place == "second step")
            {
                await scene.ApplyAsync();
            }
        }

        await scene.LookAsync();

        (await scene.GroupAsync()).State.Should().Be("running");
        (await scene.OpenAsync()).Should().ContainSingle("it is looked at again");
    }

    [Theory]
    [InlineData("total", "7")]
    [InlineData("total", "1")]
    [InlineData("total", "many")]
    [InlineData("total", "-1")]
    [InlineData("done", "1")]
    [InlineData("done", "-9")]
    [InlineData("done", "nan")]
    [InlineData("done", "1e300")]
    public async Task Count_that_another_program_changed_lets_the_group_go_on_once_all_have_succeeded(string count, string value)
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.StartAsync(Flow.Chord(Flow.Group(new Step("a"), new Step("b")), new Step("body")));
        await scene.SendAsync("HSET", scene.Harness.Keys.Group(scene.Id), count, value);
        scene.Harness.TakeLease(redis.Url, "w");
        var held = (await scene.Harness.StepAsync("w", 2)).Messages;

        await scene.SettleAsync(held[0]);
        await scene.ApplyAsync();
        (await scene.WaitingAsync()).Should().BeEmpty("one has not ended");
        await scene.SettleAsync(held[1]);
        await scene.ApplyAsync();
        await scene.LookAsync();
        await scene.LookAsync();

        (await scene.GroupAsync()).State.Should().Be("succeeded");
        (await scene.WaitingAsync()).Should().Equal("body");
        (await scene.OpenAsync()).Should().BeEmpty("it is over");
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"members":[null]}""")]
    [InlineData("""{"members":[{"id":"no id"}]}""")]
    [InlineData("""{"members":[],"next":[null]}""")]
    [InlineData("""{"members":[],"error":{"task":"a b\nc"}}""")]
    public async Task Plan_that_cannot_be_read_is_a_group_that_failed_and_nobody_waits_for_it(string plan)
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.StartAsync(Chord);
        await scene.SendAsync("HSET", scene.Harness.Keys.Group(scene.Id), "plan", plan);

        await scene.LookAsync();

        (await scene.GroupAsync()).Should().BeEquivalentTo(new { State = "failed", Problem = GroupRecord.Unreadable });
        (await scene.OpenAsync()).Should().BeEmpty();
        (await GroupCancellation.CancelAsync(scene.Harness.Broker, scene.Id, default)).Should().NotBeNull("it can be cancelled");
    }

    [Theory]
    [InlineData("s:x", "{}")]
    [InlineData("s:99999999999", "{}")]
    [InlineData("s:-1", "{}")]
    [InlineData("f:", "")]
    [InlineData("s:0", "not json")]
    [InlineData("s:0", "null")]
    [InlineData("s:0", """{"id":"x"}""")]
    [InlineData("f:0", """{"state":5}""")]
    [InlineData("s:7", """{"id":"0193f2b0-a1b2-7c3d-8e4f-5a6b7c8d9e0f","task":"a","queue":"q","state":"succeeded"}""")]
    public async Task End_of_a_member_that_another_program_wrote_wrongly_is_no_end(string field, string value)
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.StartAsync(Chord);
        await scene.SendAsync("HSET", scene.Harness.Keys.Group(scene.Id), field, value);

        (await scene.GroupAsync()).Should().BeEquivalentTo(new { State = "running", Succeeded = 0, Failed = 0 });
        await scene.SendAsync("DEL", scene.Harness.Queue.Ready[4]);
        await scene.LookAsync();

        (await scene.GroupAsync()).State.Should().Be("failed");
    }

    [Fact]
    public async Task Member_that_a_group_does_not_have_changes_nothing()
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.StartAsync(Chord);
        var stranger = new TaskResult { Id = Guid.NewGuid(), Task = "x", Queue = "default", State = TaskState.Succeeded };
        var flow = new FlowState { Group = scene.Id, Member = 2, Error = new FlowStep { Task = "alert" } }.Write();

        await scene.Relay.ApplyAsync(stranger, flow, default);
        await scene.Relay.ApplyAsync(stranger with { State = TaskState.Dead }, flow, default);

        (await scene.GroupAsync()).Should().BeEquivalentTo(new { State = "running", Succeeded = 0, Failed = 0 });
        (await scene.WaitingAsync()).Should().Equal("a", "b");
    }

    [Theory]
    [InlineData("SET", "key", "text")]
    [InlineData("ZADD", "list", "1 no-id")]
    [InlineData("ZADD", "list", "1 0193f2b0a1b27c3d8e4f5a6b7c8d9e0f")]
    public async Task One_group_that_cannot_be_looked_at_stops_no_other(string command, string where, string what)
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        var hostile = Guid.NewGuid();
        await scene.Harness.Broker.WatchGroupAsync(hostile, TimeSpan.Zero, isNew: true, default);
        await scene.StartAsync(Chord);
        await scene.SendAsync("DEL", scene.Harness.Queue.Ready[4]);
        await scene.SendAsync([command, where == "key" ? scene.Harness.Keys.Group(hostile) : scene.Harness.Keys.OpenGroups, .. what.Split(' ')]);

        await scene.LookAsync();

        (await scene.GroupAsync()).State.Should().Be("failed");
        (await scene.OpenAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task List_of_groups_that_another_program_made_something_else_of_stops_no_flow()
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.SendAsync("SET", scene.Harness.Keys.OpenGroups, "text");
        await scene.LookAsync(setDue: false);
        await scene.SendAsync("SET", scene.Harness.Keys.OpenGroups, "text");

        await scene.StartAsync(Chord);
        (await scene.WaitingAsync()).Should().Equal("a", "b");
        await scene.StartAsync(Chord);

        (await scene.OpenAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task Group_of_which_something_was_heard_of_late_is_left_alone()
    {
        await using var scene = await Scene.OpenAsync(redis.Url);
        await scene.StartAsync(Chord);
        await scene.SendAsync("DEL", scene.Harness.Queue.Ready[4]);

        await scene.LookAsync(TimeSpan.FromMinutes(10));

        (await scene.GroupAsync()).State.Should().Be("running");
    }

    private sealed class Scene(BrokerHarness harness) : IAsyncDisposable
    {
        public BrokerHarness Harness => harness;

        public Guid Id { get; private set; } = Guid.NewGuid();

        public FlowRelay Relay { get; } = new(harness.Broker, new FlowEnqueuer(harness.Broker, TimeProvider.System), NullLogger.Instance);

        public static async Task<Scene> OpenAsync(string url) => new(await BrokerHarness.OpenAsync(url));

        public async Task StartAsync(Flow flow)
        {
            Id = Guid.NewGuid();
            await new FlowEnqueuer(harness.Broker, TimeProvider.System).StartAsync(flow, Id, default);
        }

        public async Task<GroupRecord> GroupAsync() => (await harness.Broker.ReadGroupAsync(Id, default))!;

        public async Task SendAsync(params string[] words) => await harness.Client.ExecuteAsync(RedisCommand.Create(words[0], [.. words[1..].Select(word => (RedisArgument)word)]), default);

        /// <summary>Has every group looked at now.</summary>
        public async Task LookAsync(TimeSpan patience = default, bool setDue = true)
        {
            foreach (var group in setDue ? await OpenAsync() : [])
            {
                await SendAsync("ZADD", harness.Keys.OpenGroups, "1", group);
            }

            await new GroupKeeper(harness.Broker, Relay, patience, TimeProvider.System, NullLogger.Instance).RunOnceAsync(default);
            if (patience == default && setDue)
            {
                // A group that ended just now is seen to be over at the next look.
                foreach (var group in await OpenAsync())
                {
                    await SendAsync("ZADD", harness.Keys.OpenGroups, "1", group);
                }

                await new GroupKeeper(harness.Broker, Relay, patience, TimeProvider.System, NullLogger.Instance).RunOnceAsync(default);
            }
        }

        /// <summary>The groups that are to be looked at.</summary>
        public async Task<string[]> OpenAsync() =>
            [.. (await harness.Client.ExecuteAsync(RedisCommand.Create("ZRANGE", harness.Keys.OpenGroups, 0, -1), default)).Items.Select(item => item.AsString())];

        /// <summary>Types of the tasks that are ready, in order.</summary>
        public async Task<string[]> WaitingAsync() =>
            [.. (await harness.Client.ExecuteAsync(RedisCommand.Create("LRANGE", harness.Queue.Ready[4], 0, -1), default)).Items.Select(item => Envelope.Read(item.AsBytes(), "default").Task)];

        /// <summary>A worker says that a task succeeded.</summary>
        public async Task SettleAsync(Held held)
        {
            var message = Envelope.Read(held.Bytes, "default");
            var result = new TaskResult { Id = message.Id, Task = message.Task, Queue = "default", State = TaskState.Succeeded, Output = "1", EnqueuedAt = message.EnqueuedAt };
            await harness.StepAsync("w", 0, new Acknowledge(held, ResultRecord.Write(result, message.Flow)));
        }

        /// <summary>The relay of that worker deals with its results.</summary>
        public Task ApplyAsync() => new TaskRunner.Worker.ResultEffects(harness.Broker, Relay, resultsAreWritten: false).ApplyAsync("w", "default", default);

        public ValueTask DisposeAsync() => harness.DisposeAsync();
    }
}
