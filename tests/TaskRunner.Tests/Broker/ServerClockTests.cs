using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>The wall clock of the server jumps, as with a correction by hand or a failover to a replica whose clock differs.</summary>
public sealed class ServerClockTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    public static TheoryData<ServerKind, int> Jumps => new()
    {
        { ServerKind.Redis, 3600 }, { ServerKind.Redis, -3600 }, { ServerKind.Redis, 12 }, { ServerKind.Redis, -12 }, { ServerKind.Valkey, 3600 }, { ServerKind.Valkey, -3600 },
    };

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task Jump_of_the_clock_ends_no_lease_of_the_living_and_costs_the_dead_no_more_than_one(ServerKind kind, int seconds)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Kind = kind, OwnClock = true });
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        using var first = harness.Lease(server.Url, Lease);
        using var second = harness.Lease(server.Url, Lease);
        first.Take(Describe("w1"));
        second.Take(Describe("w2"));
        harness.TakeLease(server.Url, "dead", Lease);
        await harness.EnqueueAsync();
        (await harness.StepAsync("w2", 1)).Messages.Should().ContainSingle();

        await SetClockAsync(harness, server, seconds);

        for (var beat = 0; beat < 3; beat++)
        {
            first.Renew("w1").Should().BeEquivalentTo(new { Held = true, Expired = Array.Empty<(string, string)>() });
            second.Renew("w2").Should().BeEquivalentTo(new { Held = true, Expired = Array.Empty<(string, string)>() });
        }

        (await RemainingAsync(harness, "dead")).Should().BePositive().And.BeLessThanOrEqualTo(Lease);
        (await RemainingAsync(harness, "w1")).Should().BePositive().And.BeLessThanOrEqualTo(Lease);
        (await harness.NumberAsync("HLEN", harness.Queue.InFlight("w2"))).Should().Be(1);
    }

    [Fact]
    public async Task Lease_of_a_dead_worker_that_a_clock_set_back_made_long_is_cut_by_the_next_worker()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { OwnClock = true });
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        harness.TakeLease(server.Url, "dead", Lease);
        await SetClockAsync(harness, server, -3600);
        (await harness.Broker.WorkersAsync(Lease, default)).Should().ContainSingle().Which.HeartbeatAge.Should().Be(Lease, "nobody knows, and it is no fresh one");

        harness.TakeLease(server.Url, "w1", TimeSpan.FromSeconds(60));

        (await RemainingAsync(harness, "dead")).Should().BePositive().And.BeLessThanOrEqualTo(Lease);
        (await RemainingAsync(harness, "w1")).Should().BeGreaterThan(Lease, "its own lease is longer");
        harness.TakeLease(server.Url, "w2", Lease);
        (await RemainingAsync(harness, "w1")).Should().BeGreaterThan(Lease);
    }

    private static WorkerDescription Describe(string name) => new(name, "host", ["default"], 4, TimeProvider.System.GetUtcNow(), "1.0");

    private static async Task SetClockAsync(BrokerHarness harness, RedisServer server, int seconds)
    {
        var before = await harness.ServerMillisecondsAsync();
        await server.SetClockAsync(TimeSpan.FromSeconds(seconds));
        await Eventually.TrueAsync(async () => Math.Abs(await harness.ServerMillisecondsAsync() - before) > Math.Abs(seconds) * 500L);
    }

    private static async Task<TimeSpan> RemainingAsync(BrokerHarness harness, string worker)
    {
        var score = await harness.Client.ExecuteAsync(RedisCommand.Create("ZSCORE", harness.Queue.Leases, worker), default);
        return TimeSpan.FromMilliseconds(score.AsDouble() - await harness.ServerMillisecondsAsync());
    }
}
