using System.Text.Json;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>The verbs dead, flow and group, with a worker of the stock program and no database.</summary>
public sealed class DeadAndFlowVerbTests(RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("taskrunner-flow-").FullName;

    private readonly StockProgram program = new(ProgramVariables.Of(redis));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Dead_tasks_are_listed_shown_retried_and_purged()
    {
        await using var worker = await program.StartAsync("worker");
        var id = (await program.RunAsync("enqueue", "debug.fail", "-a", """{"message":"no such mailbox"}""")).Lines.Single();
        await program.SucceedAsync("enqueue", "debug.fail", "-a", """{"message":"other"}""");
        await Eventually.TrueAsync(async () => (await program.RunAsync("dead", "list", "-o", "json")).Json.GetArrayLength() == 2);

        var listed = await program.RunAsync("dead", "list", "--error", "MAILBOX");
        listed.Output.Should().Contain("debug.fail").And.Contain("failed").And.Contain("no such mailbox").And.NotContain("other");
        var shown = (await program.RunAsync("dead", "show", id, "-o", "json")).Json;
        shown.GetProperty("arguments").GetProperty("message").GetString().Should().Be("no such mailbox");
        (await program.RunAsync("dead", "retry", id, "--dry-run")).Output.Should().Contain("1 dead task(s) would be put back");
        var before = shown.GetProperty("diedAt").GetDateTimeOffset();

        (await program.RunAsync("dead", "retry", id)).Output.Should().Contain("1 dead task(s) put back");

        await Eventually.TrueAsync(async () =>
            await program.RunAsync("dead", "show", id, "-o", "json") is { Code: 0 } again && again.Json.GetProperty("diedAt").GetDateTimeOffset() > before);
        (await program.RunAsync("dead", "purge", "--error", "other", "-o", "json")).Json.GetProperty("count").GetInt64().Should().Be(1);
        (await program.RunAsync("dead", "purge", "--all")).Output.Should().Contain("1 dead task(s) removed");
        (await program.RunAsync("dead", "show", id)).Code.Should().Be(4);
        (await program.RunAsync("dead", "retry", id)).Code.Should().Be(4);
    }

    [Fact]
    public async Task Moves_without_a_choice_and_wrong_filters_are_mistakes()
    {
        var nothing = await program.RunAsync("dead", "purge");
        nothing.Code.Should().Be(2);
        nothing.Error.Should().Contain("give ids, a filter, or --all");
        var wrong = await program.RunAsync("dead", "list", "--queue", "a b", "--older-than", "soon", "--limit", "0");
        wrong.Code.Should().Be(2);
        wrong.Error.Should().Contain("--queue is 'a b'").And.Contain("--older-than is 'soon'").And.Contain("--limit is '0'");
    }

    [Fact]
    public async Task Flow_of_a_file_runs_and_its_group_can_be_looked_at()
    {
        await using var worker = await program.StartAsync("worker");
        var file = Write("""
            {"chain": [
               {"task": "debug.echo", "arguments": 20},
               {"group": [{"task": "debug.echo"}, {"chain": [{"task": "debug.echo", "arguments": 21}, {"task": "debug.echo"}]}]},
               {"task": "debug.echo", "priority": 8, "keepResult": "10m"}]}
            """);

        var started = (await program.RunAsync("flow", "start", file, "-o", "json")).Json;

        var group = TaskRunner.Flows.FlowEnqueuer.Following(started.GetProperty("id").GetGuid());

        // What follows is enqueued, and then noted, after the last member has ended.
        var shown = await Eventually.ReturnsAsync(
            () => program.RunAsync("group", "show", group.ToString(), "-o", "json"), o => o.Code == 0 && o.Json.GetProperty("state").GetString() == "succeeded" && o.Json.GetProperty("next").ValueKind == JsonValueKind.String, what: "the group is finished");
        shown.Json.GetProperty("tasks").EnumerateArray().Select(t => t.GetProperty("output").GetInt32()).Should().Equal(20, 21);
        shown.Json.GetProperty("next").GetString().Should().Be(started.GetProperty("lastId").GetString());
        (await program.RunAsync("group", "show", group.ToString())).Output.Should().Contain("succeeded").And.Contain("debug.echo");
    }

    [Fact]
    public async Task Cancelled_group_says_so_and_its_waiting_members_do_not_run()
    {
        var file = Write("""{"chain": [{"group": [{"task": "debug.echo"}, {"task": "debug.echo"}]}, {"task": "debug.echo"}]}""");
        var id = (await program.RunAsync("flow", "start", file, "-o", "json")).Json.GetProperty("id").GetString()!;

        var cancelled = await program.RunAsync("group", "cancel", id, "-o", "json");
        cancelled.Json.GetProperty("state").GetString().Should().Be("cancelled");
        await using var worker = await program.StartAsync("worker");

        await Eventually.TrueAsync(async () => (await program.RunAsync("group", "show", id, "-o", "json")).Json.GetProperty("failed").GetInt32() == 2);
        (await program.RunAsync("group", "show", id, "-o", "json")).Json.GetProperty("tasks").EnumerateArray().Should().OnlyContain(t => t.GetProperty("state").GetString() == "cancelled");
        (await program.RunAsync("group", "show", Guid.NewGuid().ToString())).Code.Should().Be(4);
    }

    [Fact]
    public async Task Members_that_are_cancelled_before_they_start_are_noted_by_a_worker_that_was_idle()
    {
        await using var worker = await IdleWorkerAsync();
        var file = Write("""{"chain": [{"group": [{"task": "debug.echo"}, {"task": "debug.echo"}]}, {"task": "debug.echo"}]}""");
        var id = (await program.RunAsync("flow", "start", file, "-o", "json")).Json.GetProperty("id").GetString()!;
        await program.SucceedAsync("group", "cancel", id);

        await program.SucceedAsync("queues", "resume", "default");

        await Eventually.TrueAsync(async () => (await program.RunAsync("group", "show", id, "-o", "json")).Json.GetProperty("failed").GetInt32() == 2);
    }

    [Fact]
    public async Task Kept_result_of_a_task_that_expired_before_it_started_is_there_with_a_worker_that_was_idle()
    {
        await using var worker = await IdleWorkerAsync();
        var id = (await program.RunAsync("enqueue", "debug.echo", "--keep", "1m", "--expires", "1ms")).Lines.Single();

        await program.SucceedAsync("queues", "resume", "default");

        (await program.RunAsync("result", id, "--wait", "-o", "json")).Json.GetProperty("state").GetString().Should().Be("expired");
    }

    [Fact]
    public async Task Mistakes_of_a_flow_file_are_said_all_at_once_with_their_places()
    {
        var file = Write("""{"chain": [{"tsak": "a"}, {"group": []}, {"task": "b", "queue": "a b", "priority": 12, "keepResult": "soon"}], "error": 1}""");

        var outcome = await program.RunAsync("flow", "start", file);

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain("chain[0] has \"tsak\"").And.Contain("chain[0] has no task").And.Contain("chain[1] has no \"group\"")
            .And.Contain("chain[2] has the queue 'a b'").And.Contain("chain[2] has a priority").And.Contain("chain[2] has a keepResult").And.Contain("error is no object");
        (await program.RunAsync("flow", "start", Path.Combine(folder, "none.json"))).Error.Should().Contain("there is no such file");
        (await program.RunAsync("flow", "start", Write("{"))).Error.Should().Contain("is not valid JSON");
    }

    /// <summary>A worker that has run a task, and whose queue is paused.</summary>
    private async Task<IAsyncDisposable> IdleWorkerAsync()
    {
        var worker = await program.StartAsync("worker");
        (await program.RunAsync("enqueue", "debug.echo", "--keep", "1m", "--wait")).Code.Should().Be(0);
        await program.SucceedAsync("queues", "pause", "default");
        return worker;
    }

    private string Write(string json)
    {
        var path = Path.Combine(folder, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, json);
        return path;
    }
}
