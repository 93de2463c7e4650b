using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary><c>control revoke</c> says what became of each id: cancelled, waiting, running, finished or unknown.</summary>
[Collection(PostgresFixture.Name)]
public sealed class RevokeVerbTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Every_place_of_a_task_has_a_word_of_its_own()
    {
        var waiting = await EnqueueAsync("debug.echo", "--queue", "nobody");
        var delayed = await EnqueueAsync("debug.echo", "--delay", "1h");
        var worker = await Program.StartAsync("worker", "--drain-seconds", "0");
        var running = await EnqueueAsync("debug.sleep", "-a", """{"seconds":60}""");
        var done = await EnqueueAsync("debug.echo", "--wait");
        var dead = await EnqueueAsync("debug.fail", "--wait");
        await Eventually.TrueAsync(async () => (await Program.RunAsync("inspect", "active")).Output.Contains(running));
        var unknown = Guid.CreateVersion7().ToString();

        var outcome = await Program.RunAsync("control", "revoke", waiting, delayed, running, done, dead, unknown, "-o", "json");

        outcome.Code.Should().Be(4);
        outcome.Json.GetProperty("tasks").EnumerateArray().ToDictionary(t => t.GetProperty("id").GetString()!, t => t.GetProperty("status").GetString()).Should().BeEquivalentTo(
            new Dictionary<string, string> { [waiting] = "waiting", [delayed] = "cancelled", [running] = "running", [done] = "finished", [dead] = "finished", [unknown] = "unknown" });
        (await Program.RunAsync("control", "revoke", done)).Should().BeEquivalentTo(new { Code = 0, Error = "" });
        (await Program.RunAsync("control", "revoke", unknown)).Output.Should().Contain("no queue holds it and no result is known");
        await worker.DisposeAsync();
    }

    [Fact]
    public async Task Kept_result_is_finished_without_a_database()
    {
        var program = new StockProgram(ProgramVariables.Of(Redis));
        await using var worker = await program.StartAsync("worker");
        await program.SucceedAsync("enqueue", "debug.echo", "--keep", "10m", "--wait", "--id", "01a22778-80df-7000-b7ab-93978a9e1ba0");

        (await program.RunAsync("control", "revoke", "01a22778-80df-7000-b7ab-93978a9e1ba0")).Output.Should().Contain("finished").And.Contain("succeeded");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Task_that_was_pushed_into_a_queue_that_nobody_knows_does_not_start_after_it_was_revoked(bool names)
    {
        var id = Guid.CreateVersion7();
        await using var harness = await BrokerHarness.OpenAsync(Redis.Url, o => o with { Namespace = Program.Variable("TASKRUNNER_NAMESPACE") });
        var message = Envelope.Write(BrokerHarness.Message() with { Id = id, Queue = "raw" });
        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Keys.Of("raw").Ready[4], message), default);

        var revoked = await Program.RunAsync(["control", "revoke", id.ToString(), .. names ? ["--queue", "raw"] : Array.Empty<string>()]);
        await using var worker = await Program.StartAsync("worker", "--queues", "raw");

        revoked.Code.Should().Be(names ? 0 : 4);
        revoked.Output.Should().Contain(names ? "waiting" : "unknown");
        await Eventually.TrueAsync(async () => (await Program.RunAsync("result", id.ToString(), "-o", "json")) is { Code: 0 } r && r.Json.GetProperty("state").GetString() == "cancelled");
    }

    [Fact]
    public async Task Named_queue_is_marked_for_a_task_that_comes_later()
    {
        var id = Guid.CreateVersion7().ToString();

        var revoked = await Program.RunAsync("control", "revoke", id, "--queue", "later");
        await Program.SucceedAsync("enqueue", "debug.echo", "--queue", "later", "--id", id);
        await using var worker = await Program.StartAsync("worker", "--queues", "later");

        revoked.Code.Should().Be(0);
        revoked.Output.Should().Contain("marked");
        await Eventually.TrueAsync(async () => (await Program.RunAsync("result", id, "-o", "json")) is { Code: 0 } r && r.Json.GetProperty("state").GetString() == "cancelled");
    }

    [Fact]
    public async Task Database_that_does_not_answer_does_not_keep_a_task_from_being_cancelled()
    {
        var id = await EnqueueAsync("debug.echo", "--delay", "1h");
        var program = new StockProgram([.. Program.Variables.Where(v => !v.Key.Contains("DATABASE")).Select(v => (v.Key, v.Value)), ("TASKRUNNER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")]);

        (await program.RunAsync("control", "revoke", id)).Output.Should().Contain("cancelled");
        var unknown = await program.RunAsync("control", "revoke", Guid.CreateVersion7().ToString());
        unknown.Code.Should().Be(4);
        unknown.Error.Should().Contain("is not known: PostgreSQL at 127.0.0.1:1");
    }

    private async Task<string> EnqueueAsync(params string[] arguments)
    {
        var id = Guid.CreateVersion7().ToString();
        await Program.RunAsync(["enqueue", .. arguments, "--id", id]);
        return id;
    }
}
