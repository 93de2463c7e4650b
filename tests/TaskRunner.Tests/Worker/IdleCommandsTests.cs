using System.Globalization;
using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>What an idle worker costs its server, in commands that the server counts: those inside of scripts too.</summary>
public sealed class IdleCommandsTests
{
    [Fact]
    public async Task Idle_worker_costs_less_than_five_commands_a_second()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        await using var worker = TestWorker.Start(TaskRunnerApp.Create([]), server.Url, harness, options => options with { Lease = TimeSpan.FromSeconds(10) });
        await worker.UntilStartedAsync();

        // What belongs to the start may come late on a busy machine, and is over in a later window.
        var rate = await Eventually.ReturnsAsync(() => RateAsync(harness), found => found < 5, TimeSpan.FromMinutes(1));

        rate.Should().BeGreaterThan(1, "its lease is renewed");
    }

    private static async Task<double> RateAsync(BrokerHarness harness)
    {
        var began = TimeProvider.System.GetTimestamp();
        var before = await CountAsync(harness);
        await Eventually.TrueAsync(() => TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(10));
        return (await CountAsync(harness) - before) / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<long> CountAsync(BrokerHarness harness)
    {
        var info = RedisInfoText.Parse((await harness.Client.ExecuteAsync(RedisCommand.Create("INFO", "stats"), default)).AsString());
        return long.Parse(info["total_commands_processed"], CultureInfo.InvariantCulture);
    }
}
