using System.Diagnostics;
using FluentAssertions;
using TaskRunner.FaultTests.Support;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.FaultTests.Outage;

public sealed class SentinelTests
{
    // The sentinels take a second to find the master down, and some to agree and promote; what is ours is the time after that.
    private static readonly TimeSpan Failover = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Worker_and_producer_go_on_within_five_seconds_after_a_failover_by_the_sentinels()
    {
        await using var set = await SentinelSet.StartAsync();
        await using var bench = await Bench.StartAsync(set.Url);
        await set.First.KillAsync();
        await Eventually.TrueAsync(() => IsMaster(set.Second), Failover, "the replica is promoted");
        var promoted = Stopwatch.GetTimestamp();

        await bench.RunsOneAsync();

        Stopwatch.GetElapsedTime(promoted).Should().BeLessThan(Bench.Resume);
    }

    [Fact]
    public async Task Clients_leave_a_master_that_still_answers_when_the_sentinels_have_replaced_it()
    {
        await using var set = await SentinelSet.StartAsync();
        await using var bench = await Bench.StartAsync(set.Url);
        using var sentinel = new RedisAdmin($"redis://{set.Addresses.Split(',')[0]}");
        sentinel.Send($"SENTINEL FAILOVER {SentinelSet.Master}");
        await Eventually.TrueAsync(() => IsMaster(set.Second), Failover, "the replica is promoted");

        await bench.RunsOneAsync();

        using var second = new RedisAdmin(set.Second.Url);
        await Eventually.TrueAsync(() => second.Send("CLIENT LIST").Contains("worker-heartbeat", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sentinels_may_ask_for_a_password_of_their_own()
    {
        await using var set = await SentinelSet.StartAsync("guard");
        var options = RedisOptions.Parse(set.Url);
        options = options with { Sentinel = options.Sentinel! with { Password = () => "guard" } };

        var master = await new RedisSentinels(options, "test", TimeProvider.System).LocateAsync(default);

        master.Port.Should().Be(set.First.Port);
        new RedisSentinels(options, "test", TimeProvider.System).Locate().Port.Should().Be(set.First.Port);
    }

    private static bool IsMaster(RedisServer server)
    {
        try
        {
            using var admin = new RedisAdmin(server.Url);
            return admin.Send("ROLE").Contains("master", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // A server that becomes a master ends its connections.
            return false;
        }
    }
}
