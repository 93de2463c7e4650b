using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>
/// The wall clock of the server jumps, as with a correction by hand or a failover to a replica whose clock differs. Leases are the only moments that
/// lease.lua compares with that clock, so a jump by a time is the same as all of them moved by that time the other way.
/// </summary>
public abstract class ServerClockTests(RedisFixture redis)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    [InlineData(720)]
    [InlineData(-720)]
    public async Task Jump_of_the_clock_ends_no_lease_of_the_living_and_costs_the_dead_no_more_than_one(int seconds)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        using var first = harness.Lease(redis.Url, Lease);
        using var second = harness.Lease(redis.Url, Lease);
        first.Take(Describe("w1"));
        second.Take(Describe("w2"));
        harness.TakeLease(redis.Url, "dead", Lease);
        await harness.EnqueueAsync();
        (await harness.StepAsync("w2", 1)).Messages.Should().ContainSingle();

        await JumpAsync(harness, seconds);

        for (var beat = 0; beat < 3; beat++)
        {
            first.Renew("w1").Should().BeEquivalentTo(new { Held = true, Expired = Array.Empty<(string, string)>() });
            second.Renew("w2").Should().BeEquivalentTo(new { Held = true, Expired = Array.Empty<(string, string)>() });
        }

        foreach (var worker in new[] { "dead", "w1", "w2" })
        {
            (await RemainingAsync(harness, worker)).Should().BePositive().And.BeLessThanOrEqualTo(Lease);
        }

        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("w2"))).Should().Be(1);
    }

    [Fact]
    public async Task Lease_of_a_dead_worker_that_a_clock_set_back_made_long_is_cut_by_the_next_worker()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "dead", Lease);
        await JumpAsync(harness, -3600);
        (await harness.Broker.WorkersAsync(Lease, default)).Should().ContainSingle().Which.HeartbeatAge.Should().Be(Lease, "nobody knows it, and it is no fresh one");

        harness.TakeLease(redis.Url, "w1", TimeSpan.FromHours(1));

        (await RemainingAsync(harness, "dead")).Should().BePositive().And.BeLessThanOrEqualTo(Lease);
        harness.TakeLease(redis.Url, "w2", Lease);
        (await RemainingAsync(harness, "w1")).Should().BeGreaterThan(Lease, "its own lease is longer");
    }

    private static WorkerDescription Describe(string name) => new(name, "host", ["default"], 4, TimeProvider.System.GetUtcNow(), "1.0");

    private static async Task JumpAsync(BrokerHarness harness, int seconds)
    {
        foreach (var worker in new[] { "dead", "w1", "w2" })
        {
            var score = await harness.Client.ExecuteAsync(RedisCommand.Create("ZSCORE", harness.Queue.Leases, worker), default);
            if (!score.IsNull)
            {
                await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, (long)score.AsDouble() - (seconds * 1000L), worker), default);
            }
        }
    }

    private static async Task<TimeSpan> RemainingAsync(BrokerHarness harness, string worker)
    {
        var score = await harness.Client.ExecuteAsync(RedisCommand.Create("ZSCORE", harness.Queue.Leases, worker), default);
        return TimeSpan.FromMilliseconds(score.AsDouble() - await harness.ServerMillisecondsAsync());
    }
}
