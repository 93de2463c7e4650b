using System.Text;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>An id has lower-case digits: one in upper case would be another key than the one that verbs ask for.</summary>
public abstract class UpperCaseIdTests(RedisFixture redis)
{
    private const string Rule = "lower case";

    [Theory]
    [InlineData("")]
    [InlineData("+0002{}")]
    [InlineData("""+0022{"e":9999999999999    }""")]
    public async Task Task_with_an_id_in_upper_case_is_dead_under_the_id_that_people_type(string options)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var id = Guid.Parse("ABCDEF00-80df-7000-b7ab-93978a9e1ba0");
        var message = Message(id, options + """{"task":"x"}""");
        await PushAsync(harness, message);

        await BuryAllAsync(harness, await harness.StepAsync("w1", 8));

        var dead = (await DeadAsync(harness)).Should().ContainSingle().Which;
        dead.Should().BeEquivalentTo(new { Id = id.ToString("N"), Reason = "unreadable", Message = message });
        dead.Error.Should().Contain(Rule);
        var found = await harness.Broker.RevokeKnownAsync(id, null, default);
        found.Status.Should().Be(CancelStatus.Dead);
        (await harness.ResultsAsync(harness.Queue.Results("w1"))).Should().ContainSingle().Which.Should().BeEquivalentTo(new { Id = id, State = TaskState.Dead });
        (await harness.Broker.RetryDeadAsync(new DeadFilter { Ids = [id.ToString("N")], Queue = "default" }, null, default)).Should().Be(1);
        await BuryAllAsync(harness, await harness.StepAsync("w1", 8));
        (await harness.Broker.PurgeDeadAsync(new DeadFilter { Ids = [id.ToString("N")], Queue = "default" }, null, default)).Should().Be(1);
        (await harness.NumberAsync("GET", harness.Queue.DeadSize)).Should().Be(0);
    }

    [Fact]
    public async Task Task_with_an_id_in_upper_case_that_a_dead_worker_held_is_dead()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "dead");
        var id = Guid.CreateVersion7();
        var message = Message(id, """{"task":"x"}""");
        await harness.Client.ExecuteAsync(RedisCommand.Create("HSET", harness.Queue.InFlight("dead"), message[..32], message), default);
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, "XX", 1, "dead"), default);
        using var lease = harness.Lease(redis.Url);

        lease.Recover("dead", "default").Should().Be((0, 1));

        var dead = (await DeadAsync(harness)).Should().ContainSingle().Which;
        dead.Should().BeEquivalentTo(new { Id = id.ToString("N"), Reason = "unreadable", Message = message });
        dead.Error.Should().Contain(Rule);
        (await harness.ResultsAsync(harness.Queue.OrphanedResults)).Should().ContainSingle().Which.Id.Should().Be(id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+0002{}")]
    public async Task Messages_whose_ids_differ_by_case_alone_are_all_kept(string options)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var id = Guid.Parse("ABCDEF00-80df-7000-b7ab-93978a9e1ba0");
        byte[][] wrong = [.. Enumerable.Range(0, 4).Select(i => Message(id, options + $$"""{"task":"x","args":{{i}}}"""))];
        foreach (var message in wrong)
        {
            await PushAsync(harness, message);
        }

        var right = Encoding.UTF8.GetBytes($$"""{{id:N}}500{"task":"x"}""");
        await PushAsync(harness, right);

        var reply = await harness.StepAsync("w1", 8);
        await BuryAllAsync(harness, reply);

        reply.Messages.Select(m => m.Id).Should().Contain(id.ToString("N"));
        (await DeadAsync(harness)).Select(task => Encoding.UTF8.GetString(task.Message)).Should().BeEquivalentTo(wrong.Select(Encoding.UTF8.GetString));
    }

    private static byte[] Message(Guid id, string rest) => Encoding.UTF8.GetBytes(id.ToString("N").ToUpperInvariant() + "500" + rest);

    private static async Task PushAsync(BrokerHarness harness, byte[] message) => await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], message), default);

    /// <summary>What a worker does with what it cannot read.</summary>
    private static async Task BuryAllAsync(BrokerHarness harness, StepReply reply)
    {
        foreach (var held in reply.Messages)
        {
            try
            {
                Envelope.Read(held.Bytes, "default");
            }
            catch (EnvelopeException e)
            {
                var reason = Encoding.UTF8.GetBytes($$"""{"reason":"unreadable","error":"{{e.Message}}"}""");
                var result = ResultRecord.Write(new TaskResult { Id = EnvelopeRemains.Of(held.Bytes)!.Id, Task = "x", Queue = "default", State = TaskState.Dead, EnqueuedAt = DateTimeOffset.UnixEpoch });
                await harness.StepAsync("w1", 0, new Bury(held.Id, "default", held.Bytes, reason, result));
            }
        }
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
}
