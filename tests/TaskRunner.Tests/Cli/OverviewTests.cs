using System.Diagnostics;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>What is there: workers, beats and queues.</summary>
[Collection(PostgresFixture.Name)]
public sealed class OverviewTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Ping_lists_workers_and_beats_and_fails_without_a_worker()
    {
        (await Program.RunAsync("inspect", "ping")).Code.Should().Be(5);
        await using var worker = await Program.StartAsync("worker");
        await using var beat = await Program.StartAsync("beat");
        await worker.UntilReadyAsync();
        await beat.UntilReadyAsync();
        var ready = Stopwatch.GetTimestamp();

        // Younger than this: it beats again and again.
        var ping = await Eventually.ReturnsAsync(
            () => Program.RunAsync("inspect", "ping", "-o", "json"),
            p => p.Json.GetProperty("beats").GetArrayLength() == 1
                && AgeOf(p.Json.GetProperty("workers")[0]) < Stopwatch.GetElapsedTime(ready) - TimeSpan.FromSeconds(1));

        ping.Code.Should().Be(0);
        var seen = ping.Json.GetProperty("workers").EnumerateArray().Single();
        seen.GetProperty("queues").EnumerateArray().Select(q => q.GetString()).Should().Equal("default", "backups");
        seen.GetProperty("concurrency").GetInt32().Should().Be(4);
    }

    [Fact]
    public async Task Queues_are_listed_with_what_they_hold()
    {
        await Program.SucceedAsync("enqueue", "debug.echo", "--count", "3", "--queue", "backups");
        await Program.SucceedAsync("enqueue", "debug.echo", "--delay", "1h");

        var outcome = await Program.RunAsync("inspect", "queues", "-o", "json");

        var queues = outcome.Json.GetProperty("queues").EnumerateArray().ToDictionary(q => q.GetProperty("name").GetString()!);
        queues["backups"].GetProperty("waiting").GetInt64().Should().Be(3);
        queues["default"].GetProperty("delayed").GetInt64().Should().Be(1);
    }

    [Fact]
    public async Task Tables_align_for_people()
    {
        await Program.SucceedAsync("enqueue", "debug.echo", "--queue", "backups");

        var lines = (await Program.RunAsync("inspect", "queues")).Lines;

        lines[0].Should().StartWith("QUEUE").And.EndWith("PAUSED");
        lines[1].IndexOf('1', StringComparison.Ordinal).Should().Be(lines[0].IndexOf("WAITING", StringComparison.Ordinal));
    }

    private static TimeSpan AgeOf(JsonElement worker) => TimeSpan.FromMilliseconds(worker.GetProperty("heartbeatAgeMs").GetInt64());
}
