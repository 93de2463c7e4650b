using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>forget.lua: an empty queue leaves nothing but what is remembered for a time, and any other one is left as it is.</summary>
public abstract class ForgetTests(RedisFixture redis)
{
    public static TheoryData<string> Holds => ["ready", "lowest", "delayed", "parked", "dead", "lease", "holder", "results", "paused"];

    [Theory]
    [MemberData(nameof(Holds))]
    public async Task Queue_that_holds_anything_is_left_as_it_is(string what)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var k = harness.Queue;
        RedisCommand[] fill =
        [
            RedisCommand.Create("SADD", harness.Keys.Queues, "default"),
            what switch
            {
                "ready" => RedisCommand.Create("RPUSH", k.Ready[0], "x"),
                "lowest" => RedisCommand.Create("RPUSH", k.Ready[9], "x"),
                "delayed" => RedisCommand.Create("ZADD", k.Delayed, 1, "x"),
                "parked" => RedisCommand.Create("ZADD", k.Parked, 0, "x"),
                "dead" => RedisCommand.Create("ZADD", k.Dead, 1, "x"),
                "lease" => RedisCommand.Create("ZADD", k.Leases, 1, "w"),
                "holder" => RedisCommand.Create("HSET", k.Holders, "w", "1"),
                "results" => RedisCommand.Create("RPUSH", k.OrphanedResults, "x"),
                _ => RedisCommand.Create("HSET", k.Meta, "paused", "x"),
            },
            RedisCommand.Create("HSET", k.Limits, "q", "1"),
        ];
        await harness.Client.ExecuteAsync(fill, default);

        var remains = await harness.Broker.ForgetQueueAsync("default", default);

        remains.Should().NotBeNull();
        remains!.ToString().Should().NotBeEmpty();
        (await harness.Broker.KnowsQueueAsync("default", default)).Should().BeTrue();
        (await harness.NumberAsync("EXISTS", k.Limits)).Should().Be(1);
    }

    [Fact]
    public async Task Empty_queue_leaves_no_key_but_what_is_remembered()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var sent = await harness.EnqueueAsync(remember: TimeSpan.FromHours(1));
        harness.TakeLease(redis.Url, "w1");
        await harness.StepAsync("w1", 1);
        await harness.StepAsync("w1", 0, new Acknowledge(sent.Id.ToString("N"), "default", []));
        using (var lease = harness.Lease(redis.Url))
        {
            lease.Leave("w1");
        }

        await harness.Client.ExecuteAsync(RedisCommand.Create("HSET", harness.Queue.Limits, "q", "1"), default);
        await harness.Client.ExecuteAsync(RedisCommand.Create("HSET", harness.Queue.Meta, "expired", "3"), default);

        (await harness.Broker.ForgetQueueAsync("default", default)).Should().BeNull();

        var k = harness.Queue;
        string[] all =
        [
            .. typeof(QueueKeys).GetProperties().Where(p => p.PropertyType == typeof(string) && p.Name != nameof(QueueKeys.Queue)).Select(p => (string)p.GetValue(k)!),
            .. k.Ready, k.InFlight("w1"), k.Results("w1"),
        ];
        var left = new List<string>();
        foreach (var key in all)
        {
            if (await harness.NumberAsync("EXISTS", key) == 1)
            {
                left.Add(key);
            }
        }

        left.Should().Equal(k.Remembered);
        (await harness.Broker.EnqueueAsync([new EnqueueRequest(sent) { RememberId = TimeSpan.FromHours(1) }], default)).Should().Equal(EnqueueStatus.Duplicate);
    }
}
