using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>The number of attempts is the same wherever one looks: those that failed, and the one that runs or was the last.</summary>
[Collection(PostgresFixture.Name)]
public sealed class AttemptsTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Running_task_has_the_same_attempts_in_result_and_inspect_active(int failed)
    {
        var id = await PushAsync("debug.sleep", failed, """{"seconds":60}""");
        await using var worker = await Program.StartAsync("worker", "--drain-seconds", "0");

        var active = await Eventually.ReturnsAsync(() => Program.RunAsync("inspect", "active", "-o", "json"), o => o.Json.GetProperty("tasks").GetArrayLength() == 1);

        active.Json.GetProperty("tasks")[0].GetProperty("attempt").GetInt32().Should().Be(failed + 1);
        (await ResultAsync(id)).Should().Be(("running", failed + 1));
    }

    [Theory]
    [InlineData("debug.fail", 0, "dead")]
    [InlineData("debug.fail", 2, "dead")]
    [InlineData("debug.echo", 0, "succeeded")]
    [InlineData("debug.echo", 2, "succeeded")]
    public async Task Task_that_ended_has_the_same_attempts_in_the_database_the_broker_and_the_dead_set(string task, int failed, string state)
    {
        var id = await PushAsync(task, failed, "{}", keep: TimeSpan.FromMinutes(10));
        await using (await Program.StartAsync("worker"))
        {
            await Program.RunAsync("result", id, "--wait");
        }

        (await ResultAsync(id)).Should().Be((state, failed + 1));
        var kept = new StockProgram([.. Program.Variables.Where(v => !v.Key.Contains("DATABASE")).Select(v => (v.Key, v.Value))]);
        (await kept.RunAsync("result", id, "-o", "json")).Json.GetProperty("attempts").GetInt32().Should().Be(failed + 1, "the broker keeps the same");
        if (state == "dead")
        {
            (await Program.RunAsync("dead", "show", id, "-o", "json")).Json.GetProperty("attempts").GetInt32().Should().Be(failed + 1);
            (await Program.RunAsync("dead", "list", "-o", "json")).Json[0].GetProperty("attempts").GetInt32().Should().Be(failed + 1);
        }
    }

    [Theory]
    [InlineData(TaskState.Waiting, 2)]
    [InlineData(TaskState.Delayed, 2)]
    [InlineData(TaskState.Parked, 2)]
    [InlineData(TaskState.Running, 3)]
    [InlineData(TaskState.Dead, 3)]
    public void Message_after_two_failures_has_these_attempts(TaskState state, int attempts) =>
        MessageResult.Of(BrokerHarness.Message() with { Attempt = 2 }, state).Should().BeEquivalentTo(new { Attempts = attempts, State = state });

    [Theory]
    [InlineData("waiting")]
    [InlineData("delayed")]
    public async Task Task_that_does_not_run_has_the_attempts_that_failed(string place)
    {
        var id = await PushAsync("debug.echo", 2, "{}", delay: place == "delayed" ? TimeSpan.FromHours(1) : TimeSpan.Zero);

        (await ResultAsync(id)).Should().Be((place, 2));
        if (place == "waiting")
        {
            (await Program.RunAsync("inspect", "waiting", "-o", "json")).Json.GetProperty("tasks")[0].GetProperty("attempts").GetInt32().Should().Be(2);
        }
        else
        {
            (await Program.RunAsync("inspect", "scheduled", "-o", "json")).Json.GetProperty("tasks")[0].GetProperty("attempt").GetInt32().Should().Be(2);
        }
    }

    private async Task<string> PushAsync(string task, int failed, string arguments, TimeSpan keep = default, TimeSpan delay = default)
    {
        await using var harness = await BrokerHarness.OpenAsync(Redis.Url, o => o with { Namespace = Program.Variable("TASKRUNNER_NAMESPACE") });
        var message = BrokerHarness.Message(task, arguments: arguments) with { Attempt = failed, KeepResult = keep };
        await harness.EnqueueAsync(message, delay);
        return message.Id.ToString();
    }

    private async Task<(string?, int)> ResultAsync(string id)
    {
        var json = (await Program.RunAsync("result", id, "-o", "json")).Json;
        return (json.GetProperty("state").GetString(), json.GetProperty("attempts").GetInt32());
    }
}
