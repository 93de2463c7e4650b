using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary><c>enqueue</c> and <c>result</c>: what becomes of a task, and how that is told.</summary>
[Collection(PostgresFixture.Name)]
public sealed class ResultVerbTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Enqueue_prints_the_id_by_which_result_finds_the_task()
    {
        await using var worker = await Program.StartAsync("worker");

        var id = (await Program.RunAsync("enqueue", "debug.echo", "--arguments", """{"a":[1,2]}""")).Lines.Single();
        var result = await Program.RunAsync("result", id, "--wait", "-o", "json");

        result.Code.Should().Be(0);
        result.Json.GetProperty("state").GetString().Should().Be("succeeded");
        result.Json.GetProperty("output").GetProperty("a").GetArrayLength().Should().Be(2);
        result.Json.GetProperty("attempts").GetInt32().Should().Be(1);
        result.Json.GetProperty("finishedAt").GetDateTimeOffset().Should().BeOnOrAfter(result.Json.GetProperty("startedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Enqueue_of_many_waits_for_all()
    {
        await using var worker = await Program.StartAsync("worker");

        var outcome = await Program.RunAsync("enqueue", "debug.echo", "--count", "50", "--wait", "-o", "json");

        outcome.Code.Should().Be(0);
        outcome.Json.EnumerateArray().Should().HaveCount(50).And.OnlyContain(r => r.GetProperty("state").GetString() == "succeeded");
    }

    [Fact]
    public async Task Waiting_for_a_task_that_dies_ends_with_five_and_its_error()
    {
        await using var worker = await Program.StartAsync("worker");

        var outcome = await Program.RunAsync("enqueue", "debug.fail", "-a", """{"message":"boom"}""", "--wait");

        outcome.Code.Should().Be(5);
        outcome.Output.Should().Contain("dead").And.Contain("InvalidOperationException: boom");
    }

    [Fact]
    public async Task Unknown_task_is_parked_and_says_so()
    {
        await using var worker = await Program.StartAsync("worker");

        var id = (await Program.RunAsync("enqueue", "no.such.task", "--force")).Lines.Single();

        await Eventually.TrueAsync(async () => (await Program.RunAsync("result", id, "-o", "json")).Json.GetProperty("state").GetString() == "parked");
    }

    [Fact]
    public async Task Waiting_too_long_ends_with_seven()
    {
        var outcome = await Program.RunAsync("enqueue", "debug.echo", "--wait", "--timeout", "100ms");

        outcome.Code.Should().Be(7);
        outcome.Error.Should().Contain("did not finish within 0.1 s");
    }

    [Fact]
    public async Task Second_task_with_the_same_id_is_refused_with_six()
    {
        var id = Guid.NewGuid().ToString();
        (await Program.RunAsync("enqueue", "debug.echo", "--id", id)).Code.Should().Be(0);

        var outcome = await Program.RunAsync("enqueue", "debug.echo", "--id", id);

        outcome.Code.Should().Be(6);
        outcome.Error.Should().Contain(id).And.Contain("nothing was added");
    }

    [Fact]
    public async Task Payload_over_the_limit_is_refused_with_six()
    {
        var outcome = await Program.RunAsync("enqueue", "debug.echo", "--max-payload-bytes", "1024", "-a", $"\"{new string('x', 2000)}\"");

        outcome.Code.Should().Be(6);
        outcome.Error.Should().Contain("the limit is 1,024 (TASKRUNNER_MAX_PAYLOAD_BYTES)");
    }

    [Fact]
    public async Task Result_of_a_task_that_nobody_knows_ends_with_four()
    {
        var outcome = await Program.RunAsync("result", Guid.NewGuid().ToString());

        outcome.Code.Should().Be(4);
        outcome.Error.Should().StartWith("No task ");
    }

    [Theory]
    [InlineData("0s", "waiting")]
    [InlineData("1h", "delayed")]
    public async Task Result_tells_the_state_of_a_task_that_has_not_run(string delay, string state)
    {
        var id = (await Program.RunAsync("enqueue", "debug.echo", "--delay", delay)).Lines.Single();

        var outcome = await Program.RunAsync("result", id, "-o", "json");

        outcome.Code.Should().Be(0);
        outcome.Json.GetProperty("state").GetString().Should().Be(state);
    }

    [Fact]
    public async Task Running_task_is_shown_by_result_and_inspect_active()
    {
        await using var worker = await Program.StartAsync("worker", "--drain-seconds", "0");
        var id = (await Program.RunAsync("enqueue", "debug.sleep", "-a", """{"seconds":60}""")).Lines.Single();

        var result = await Eventually.ReturnsAsync(() => Program.RunAsync("result", id, "-o", "json"), r => r.Json.GetProperty("state").GetString() == "running");
        var active = await Program.RunAsync("inspect", "active", "-o", "json");

        result.Json.GetProperty("worker").GetString().Should().Contain(":");
        var task = active.Json.GetProperty("tasks").EnumerateArray().Single();
        task.GetProperty("id").GetGuid().Should().Be(Guid.Parse(id));
        task.GetProperty("task").GetString().Should().Be("debug.sleep");
    }

    [Fact]
    public async Task Misspelt_argument_of_a_stock_task_is_refused()
    {
        await using var worker = await Program.StartAsync("worker");

        var outcome = await Program.RunAsync("enqueue", "debug.sleep", "-a", """{"second":1}""", "--wait");

        outcome.Code.Should().Be(5);
        outcome.Output.Should().Contain("The arguments of 'debug.sleep' do not fit SleepRequest");
    }
}
