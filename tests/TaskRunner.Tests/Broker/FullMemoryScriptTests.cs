using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Resp;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>
/// Redis with full memory refuses commands that may take more, unless the script has removed something before. Scripts that free memory, or
/// that workers need for it, run all the same. The tests of faults run every script of that kind; here are the cases that need a queue with
/// little in it.
/// </summary>
public sealed class FullMemoryScriptTests
{
    private static readonly byte[] Result = "{}"u8.ToArray();

    public static TheoryData<ServerKind> Kinds => [ServerKind.Redis, ServerKind.Valkey];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Dead_worker_that_held_only_a_result_is_recovered(ServerKind kind)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Kind = kind });
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        harness.TakeLease(server.Url, "gone");
        await ExecuteAsync(harness, "RPUSH", harness.Queue.Results("gone"), Result);
        await ExecuteAsync(harness, "ZADD", harness.Queue.Leases, "XX", 1, "gone");
        await FillMemoryAsync(harness);

        var reply = await harness.Client.EvaluateAsync(Calls(harness).Recover("gone", "default"), default);

        Numbers(reply).Should().Equal([0, 0]);
        (await harness.ListAsync(harness.Queue.OrphanedResults)).Should().Equal("{}");
        (await harness.NumberAsync("EXISTS", harness.Queue.Leases)).Should().Be(0);
        (await harness.NumberAsync("EXISTS", harness.Queue.Holders)).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Worker_that_holds_only_a_result_leaves(ServerKind kind)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Kind = kind });
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        harness.TakeLease(server.Url, "w1");
        await ExecuteAsync(harness, "RPUSH", harness.Queue.Results("w1"), Result);
        await FillMemoryAsync(harness);

        var reply = await harness.Client.EvaluateAsync(Calls(harness).Leave("w1", "default"), default);

        reply.AsInteger().Should().Be(0);
        (await harness.ListAsync(harness.Queue.OrphanedResults)).Should().Equal("{}");
        (await harness.NumberAsync("EXISTS", harness.Queue.Leases)).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Tasks_that_a_worker_releases_are_at_the_head_of_their_list(ServerKind kind)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Kind = kind });
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        harness.TakeLease(server.Url, "w1");
        List<string> sent = [];
        for (var i = 0; i < 3; i++)
        {
            sent.Add((await harness.EnqueueAsync()).Id.ToString("N"));
        }

        await harness.StepAsync("w1", 2);
        await FillMemoryAsync(harness);

        var reply = await harness.Client.EvaluateAsync(Calls(harness).Release("w1", "default", [sent[1], sent[0]]), default);

        reply.AsInteger().Should().Be(2);
        (await harness.ListAsync(harness.Queue.Ready[4])).Select(message => message[..32]).Should().Equal(sent);
        (await harness.NumberAsync("EXISTS", harness.Queue.InFlight("w1"))).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Due_task_becomes_ready(ServerKind kind)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Kind = kind });
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var sent = await harness.EnqueueAsync(delay: TimeSpan.FromMilliseconds(1));
        await harness.PassAsync(TimeSpan.FromMilliseconds(2));
        await FillMemoryAsync(harness);

        (await harness.Broker.PromoteAsync("default", 10, default)).Moved.Should().Be(1);

        (await harness.ListAsync(harness.Queue.Ready[4])).Select(message => message[..32]).Should().Equal(sent.Id.ToString("N"));
        (await harness.NumberAsync("EXISTS", harness.Queue.Delayed)).Should().Be(0);
        (await harness.NumberAsync("EXISTS", harness.Queue.DelayedMessages)).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Rate_limit_that_is_still_closed_is_looked_at_again_later(ServerKind kind)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Kind = kind });
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        await harness.Broker.SetRateLimitAsync("default", "debug.echo", new RateLimit(1, TimeSpan.FromHours(1)), default);
        harness.TakeLease(server.Url, "w1");
        await harness.EnqueueAsync();
        await harness.EnqueueAsync();
        (await harness.StepAsync("w1", 2)).Messages.Should().ContainSingle("the other one waits for the rate limit");
        await ExecuteAsync(harness, "ZADD", harness.Queue.ParkedByRate, "XX", 1, "t:debug.echo");
        await FillMemoryAsync(harness);

        var reply = await harness.Broker.PromoteAsync("default", 10, default);

        reply.Moved.Should().Be(0);
        reply.NextDue.Should().BeGreaterThan(TimeSpan.FromMinutes(30));
        (await harness.NumberAsync("ZCARD", harness.Queue.Parked)).Should().Be(1);
    }

    private static BrokerCalls Calls(BrokerHarness harness) => new(harness.Keys, harness.Broker.Options);

    private static IEnumerable<long> Numbers(RespValue reply) => reply.Items.Select(item => item.AsInteger());

    private static Task FillMemoryAsync(BrokerHarness harness) => ExecuteAsync(harness, "CONFIG", "SET", "maxmemory", 1);

    private static async Task ExecuteAsync(BrokerHarness harness, string command, params RedisArgument[] arguments) =>
        await harness.Client.ExecuteAsync(RedisCommand.Create(command, arguments), default);
}
