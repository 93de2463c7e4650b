using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Broker;
using TaskRunner.Cli;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public sealed class ServerProbeTests
{
    [Theory]
    [InlineData(ServerKind.Redis, "redis", "noeviction")]
    [InlineData(ServerKind.Valkey, "valkey", "noeviction")]
    [InlineData(ServerKind.Garnet, "garnet", null)]
    public async Task Supported_server_lacks_nothing(ServerKind kind, string name, string? eviction)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Kind = kind });

        var meanwhile = new Meanwhile();
        var report = await Probe(server.Url).ReadAsync(default);

        report.Lacks.Should().BeEmpty();
        report.Should().BeEquivalentTo(new { Server = new { Kind = name }, HasLua = true, HasListPop = true, IsIsolated = true, EvictionPolicy = eviction });
        meanwhile.ShouldHaveGrown(report.ClockOffset.Duration(), TimeSpan.Zero);
    }

    [Theory]
    [InlineData(ServerKind.GarnetWithoutIsolation, "start Garnet with --lua-transaction-mode")]
    [InlineData(ServerKind.GarnetWithoutLua, "runs no Lua scripts")]
    public async Task Server_that_cannot_keep_tasks_safe_is_refused(ServerKind kind, string sentence)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Kind = kind });

        var check = () => Probe(server.Url).CheckAsync(default);

        (await check.Should().ThrowAsync<UnfitServerException>()).Which.Message.Should().Contain(sentence);
    }

    [Fact]
    public async Task Report_tells_how_the_append_only_file_is_synced()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { AppendOnly = true });

        (await Probe(server.Url).ReadAsync(default)).Should().BeEquivalentTo(new { AppendOnly = true, AppendSync = "always", MaxMemory = 0 });
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    public async Task Program_refuses_to_start_on_a_server_that_may_evict_tasks(string verb)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Configuration = ["maxmemory-policy allkeys-lru"] });
        var program = new StockProgram(("TASKRUNNER_BROKER_URL", server.Url), ("TASKRUNNER_DATABASE_URL", $"postgresql://nobody@127.0.0.1:{FreePort.Next()}/none"));

        var outcome = await program.RunAsync(verb, "--http-port", "0", "--log-level", "error");

        outcome.Code.Should().Be(ExitCode.UnfitServer);
        outcome.Error.Trim().Should().EndWith("(maxmemory-policy allkeys-lru): set maxmemory-policy to noeviction.");
    }

    [Fact]
    public async Task Server_that_tells_nothing_is_not_refused()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { AclUsers = ["user default on nopass ~* +@all -info -config -time"] });

        var report = await Probe(server.Url).ReadAsync(default);

        report.Lacks.Should().BeEmpty();
        report.ToString().Should().Contain("eviction policy unknown").And.Contain("append-only file unknown");
    }

    private static ServerProbe Probe(string url) =>
        new(
            RedisOptions.Parse(url) with { CommandTimeout = BrokerHarness.Patience },
            new BrokerOptions { Namespace = "probe" },
            TimeProvider.System,
            NullLogger.Instance);
}
