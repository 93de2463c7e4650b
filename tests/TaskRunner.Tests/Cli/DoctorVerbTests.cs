using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary><c>doctor</c> finds what is wrong with an installation.</summary>
[Collection(PostgresFixture.Name)]
public sealed class DoctorVerbTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Doctor_finds_an_installation_that_works()
    {
        await using var worker = await Program.StartAsync("worker");
        await using var beat = await Program.StartAsync("beat");

        var outcome = await Program.RunAsync("doctor");

        outcome.Code.Should().Be(0);
        outcome.Lines.Should().HaveCount(7).And.OnlyContain(l => l.StartsWith("ok"));
    }

    [Fact]
    public async Task Doctor_names_what_is_missing()
    {
        await using var worker = await Program.StartAsync("worker", "--queues", "default");

        var outcome = await Program.RunAsync("doctor", "--timeout", "2s", "-o", "json");

        outcome.Code.Should().Be(5);
        outcome.Json.GetProperty("ok").GetBoolean().Should().BeFalse();
        outcome.Json.GetProperty("checks").EnumerateArray().Where(c => !c.GetProperty("ok").GetBoolean()).Select(c => c.GetProperty("check").GetString())
            .Should().Equal("queue backups", "beat");
    }

    [Fact]
    public async Task Doctor_without_worker_and_beat_waits_once_for_all_that_is_missing()
    {
        var time = new JumpingTime();
        var program = new StockProgram([.. Program.Variables.Select(variable => (variable.Key, variable.Value))]) { Time = time };
        var doctor = program.RunAsync("doctor", "--timeout", "1h", "-o", "json");
        await Eventually.TrueAsync(async () => (await Program.RunAsync("inspect", "queues")).Output.Contains("backups", StringComparison.Ordinal));

        time.Jump(TimeSpan.FromHours(1));

        var outcome = await doctor.WaitAsync(TimeSpan.FromSeconds(60));
        outcome.Code.Should().Be(5);
        outcome.Json.GetProperty("checks").EnumerateArray().Where(c => !c.GetProperty("ok").GetBoolean()).Select(c => c.GetProperty("check").GetString())
            .Should().Equal("queue default", "queue backups", "beat");
    }

    [Fact]
    public async Task Doctor_reports_a_broker_that_is_away_as_a_finding()
    {
        var outcome = await Program.RunAsync("doctor", "--broker-url", "redis://127.0.0.1:1");

        outcome.Code.Should().Be(5);
        outcome.Output.Should().StartWith("FAIL").And.Contain("127.0.0.1:1");
    }
}
