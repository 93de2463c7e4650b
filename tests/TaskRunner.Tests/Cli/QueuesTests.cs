using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>Queues that rest, are emptied and limited, and tasks that are cancelled, by verbs.</summary>
public sealed class QueuesTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly StockProgram program = new([.. ProgramVariables.Of(redis), ("TASKRUNNER_LEASE_SECONDS", "3"), ("TASKRUNNER_DRAIN_SECONDS", "0")]);

    [Fact]
    public async Task Paused_queue_rests_until_it_is_resumed()
    {
        await using var worker = await program.StartAsync("worker");
        await worker.UntilReadyAsync();
        (await program.RunAsync("queues", "pause", "default", "--reason", "the shop is closed")).Code.Should().Be(0);

        await program.SucceedAsync("enqueue", "debug.echo", "--count", "3");
        var paused = await QueueAsync();
        var resumed = await program.RunAsync("queues", "resume", "default");

        paused.Waiting.Should().Be(3);
        paused.Paused.Should().BeTrue();
        resumed.Output.Should().Contain("works again");
        await Eventually.ReturnsAsync(QueueAsync, q => q is { Waiting: 0, Paused: false });
        (await program.RunAsync("queues", "resume", "default")).Output.Should().Contain("was not paused");
    }

    [Fact]
    public async Task Purge_says_what_it_would_do_and_does_it_when_told_twice()
    {
        await program.SucceedAsync("enqueue", "debug.echo", "--count", "1200");
        await program.SucceedAsync("enqueue", "debug.echo", "--count", "7", "--delay", "1h");

        var asked = await program.RunAsync("queues", "purge", "default", "--state", "waiting", "--state", "delayed");
        var before = await QueueAsync();
        var done = await program.RunAsync("queues", "purge", "default", "--state", "waiting", "--state", "delayed", "--yes", "-o", "json");

        asked.Output.Should().Contain("1207 tasks").And.Contain("--yes");
        before.Waiting.Should().Be(1200);
        done.Json.GetProperty("count").GetInt64().Should().Be(1207);
        (await QueueAsync()).Should().Be((0L, 0L, 0L, false));
    }

    [Fact]
    public async Task Purge_leaves_what_it_was_not_told_to_take()
    {
        await program.SucceedAsync("enqueue", "debug.echo", "--count", "2");
        await program.SucceedAsync("enqueue", "debug.echo", "--count", "3", "--delay", "1h");

        await program.SucceedAsync("queues", "purge", "default", "--yes");

        (await QueueAsync()).Should().Be((0L, 3L, 0L, false));
    }

    [Fact]
    public async Task Purged_task_gives_back_its_unique_key()
    {
        await program.SucceedAsync("enqueue", "debug.echo", "--unique", "report");

        await program.SucceedAsync("queues", "purge", "default", "--yes");

        (await program.RunAsync("unique", "list", "-o", "json")).Output.Should().NotContain("report");
        (await program.RunAsync("enqueue", "debug.echo", "--unique", "report")).Code.Should().Be(0);
    }

    [Fact]
    public async Task Parked_tasks_are_purged_by_name()
    {
        await using var worker = await program.StartAsync("worker");
        await program.SucceedAsync("control", "rate-limit", "default", "1/h", "--task", "debug.echo");
        await program.SucceedAsync("enqueue", "debug.echo", "--count", "4");
        await Eventually.ReturnsAsync(QueueAsync, q => q.Parked == 3);

        var done = await program.RunAsync("queues", "purge", "default", "--state", "parked", "--yes");

        done.Output.Should().StartWith("3 tasks");
        (await QueueAsync()).Parked.Should().Be(0);
    }

    [Fact]
    public async Task Revoked_tasks_do_not_run_wherever_they_are()
    {
        var delayed = (await program.RunAsync("enqueue", "debug.echo", "--delay", "1h")).Lines.Single();
        await using var worker = await program.StartAsync("worker", "--concurrency", "1");
        var running = (await program.RunAsync("enqueue", "debug.sleep", "-a", """{"seconds":300}""")).Lines.Single();
        await Eventually.ReturnsAsync(() => program.RunAsync("inspect", "active"), o => o.Output.Contains(running, StringComparison.Ordinal));

        var outcome = await program.RunAsync("control", "revoke", delayed, running, "-o", "json");

        outcome.Code.Should().Be(0);
        outcome.Json.GetProperty("tasks").EnumerateArray().Select(t => t.GetProperty("status").GetString()).Should().Equal("cancelled", "running");
        await Eventually.ReturnsAsync(() => program.RunAsync("inspect", "active"), o => !o.Output.Contains(running, StringComparison.Ordinal));
        (await QueueAsync()).Delayed.Should().Be(0);
    }

    [Fact]
    public async Task Rate_limit_holds_for_the_queue_and_for_one_type()
    {
        (await program.RunAsync("control", "rate-limit", "default", "100/m", "--force")).Output.Should().Contain("(all)").And.Contain("control");
        var typed = await program.RunAsync("control", "rate-limit", "default", "5/s", "--task", "debug.echo");
        var lifted = await program.RunAsync("control", "rate-limit", "default", "none");

        typed.Lines.Should().HaveCount(2);
        typed.Lines[1].Should().Contain("debug.echo");
        lifted.Lines.Should().HaveCount(2);
        (await program.RunAsync("control", "rate-limit", "default", "fast")).Should().Match<StockProgram.Outcome>(o => o.Code == 2 && o.Error.Contains("RATE is 'fast'"));
    }

    [Fact]
    public async Task Name_that_is_no_queue_is_a_mistake()
    {
        var outcome = await program.RunAsync("queues", "pause", "a b");

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain("QUEUE is 'a b': a queue name has");
    }

    private async Task<(long Waiting, long Delayed, long Parked, bool Paused)> QueueAsync()
    {
        var queue = (await program.RunAsync("queues", "list", "-o", "json")).Json.GetProperty("queues").EnumerateArray().Single(q => q.GetProperty("name").GetString() == "default");
        return (queue.GetProperty("waiting").GetInt64(), queue.GetProperty("delayed").GetInt64(), queue.GetProperty("parked").GetInt64(), queue.GetProperty("paused").GetBoolean());
    }
}
