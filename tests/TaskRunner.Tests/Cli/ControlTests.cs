using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>What control changes of workers that run.</summary>
public sealed class ControlTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly StockProgram program = new([.. ProgramVariables.Of(redis), ("TASKRUNNER_LEASE_SECONDS", "3"), ("TASKRUNNER_DRAIN_SECONDS", "0")]);

    [Fact]
    public async Task Pool_resize_lets_more_tasks_run_at_a_time()
    {
        await using var worker = await program.StartAsync("worker", "--concurrency", "1");
        await program.SucceedAsync("enqueue", "debug.sleep", "-a", """{"seconds":60}""", "--count", "3");
        await UntilRunningAsync(1);

        var outcome = await program.RunAsync("control", "pool-resize", "3", "-o", "json");

        outcome.Code.Should().Be(0);
        outcome.Json.GetProperty("workers").EnumerateArray().Single().GetProperty("status").GetString().Should().Be("done");
        await UntilRunningAsync(3);
    }

    [Fact]
    public async Task Smaller_pool_interrupts_nothing()
    {
        await using var worker = await program.StartAsync("worker", "--concurrency", "2");
        await program.SucceedAsync("enqueue", "debug.sleep", "-a", """{"seconds":60}""", "--count", "2");
        await UntilRunningAsync(2);

        (await program.RunAsync("control", "pool-resize", "1")).Code.Should().Be(0);
        await program.SucceedAsync("enqueue", "debug.echo");

        (await program.RunAsync("inspect", "active", "-o", "json")).Json.GetProperty("tasks").GetArrayLength().Should().Be(2);
    }

    [Fact]
    public async Task Added_queue_is_served_and_a_cancelled_one_is_not()
    {
        await using var worker = await program.StartAsync("worker", "--queues", "default");
        await worker.UntilReadyAsync();

        (await program.RunAsync("control", "add-consumer", "extra:5")).Code.Should().Be(0);
        (await program.RunAsync("control", "cancel-consumer", "default")).Output.Should().Contain("queues extra");
        await program.SucceedAsync("enqueue", "debug.echo", "--count", "4", "--queue", "extra");
        await program.SucceedAsync("enqueue", "debug.echo", "--count", "2", "--queue", "default");

        await UntilWaitingAsync("extra", 0);
        (await WaitingAsync("default")).Should().Be(2);
        (await program.RunAsync("control", "add-consumer", "default")).Code.Should().Be(0);
        await UntilWaitingAsync("default", 0);
    }

    [Fact]
    public async Task Worker_that_lost_its_last_queue_waits_and_takes_one_again()
    {
        await using var worker = await program.StartAsync("worker", "--queues", "default");
        await worker.UntilReadyAsync();
        await program.SucceedAsync("control", "cancel-consumer", "default");

        (await worker.GetAsync("/livez")).Status.Should().Be(200);
        await program.SucceedAsync("enqueue", "debug.echo");
        (await program.RunAsync("control", "add-consumer", "default")).Code.Should().Be(0);

        await UntilWaitingAsync("default", 0);
    }

    [Fact]
    public async Task Order_across_queues_changes_while_a_worker_runs()
    {
        await using var worker = await program.StartAsync("worker", "--queues", "a,b");
        await worker.UntilReadyAsync();

        var outcome = await program.RunAsync("control", "queue-order", "strict");

        outcome.Code.Should().Be(0);
        (await program.RunAsync("inspect", "stats", "-o", "json")).Json.GetProperty("workers")[0].GetProperty("worker").GetProperty("order").GetString().Should().Be("strict");
    }

    [Fact]
    public async Task Shutdown_drains_the_worker_that_is_named()
    {
        await using var one = await program.StartAsync("worker", "--name", "one");
        await using var two = await program.StartAsync("worker", "--name", "two");
        await one.UntilReadyAsync();
        await two.UntilReadyAsync();

        var outcome = await program.RunAsync("control", "shutdown", "--worker", "one");

        outcome.Code.Should().Be(0);
        (await one.ExitAsync()).Should().Be(0);
        (await two.GetAsync("/readyz")).Status.Should().Be(200);
        (await program.RunAsync("inspect", "ping", "-o", "json")).Json.GetProperty("workers").EnumerateArray().Single().GetProperty("name").GetString().Should().StartWith("two:");
    }

    [Theory]
    [InlineData("Say which workers are to end", "shutdown")]
    [InlineData("Say which workers are to end", "shutdown", "--all", "--worker", "x")]
    [InlineData("N is '0'", "pool-resize", "0")]
    [InlineData("QUEUE is 'a:0'", "add-consumer", "a:0")]
    [InlineData("QUEUE is 'a b'", "cancel-consumer", "a b")]
    [InlineData("random", "queue-order", "random")]
    [InlineData("--timeout is 'soon'", "pool-resize", "4", "--timeout", "soon")]
    public async Task Mistakes_are_said_and_nothing_is_asked(string sentence, params string[] arguments)
    {
        var outcome = await program.RunAsync(["control", .. arguments]);

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain(sentence);
    }

    [Fact]
    public async Task Worker_that_is_not_there_is_not_found()
    {
        await using var worker = await program.StartAsync("worker");
        await worker.UntilReadyAsync();

        var outcome = await program.RunAsync("control", "pool-resize", "2", "--worker", "nobody");

        outcome.Code.Should().Be(4);
        outcome.Error.Should().Contain("No live worker is named nobody");
    }

    [Fact]
    public async Task Worker_that_hangs_gives_no_answer_within_the_time_and_follows_when_it_goes_on()
    {
        await using var worker = WorkerProcess.Start("worker", [.. program.Variables.Select(v => (v.Key, v.Value)), ("TASKRUNNER_LEASE_SECONDS", "60")]);
        await Eventually.ReturnsAsync(() => program.RunAsync("inspect", "ping"), o => o.Code == 0);
        await worker.FreezeAsync();

        var outcome = await program.RunAsync("control", "pool-resize", "9", "--timeout", "300ms", "--lease-seconds", "60");
        await worker.ThawAsync();

        outcome.Code.Should().Be(7);
        outcome.Output.Should().Contain("no-answer");
        await Eventually.ReturnsAsync(() => program.RunAsync("inspect", "ping", "-o", "json"), o => o.Json.GetProperty("workers")[0].GetProperty("concurrency").GetInt32() == 9, TimeSpan.FromSeconds(30));
    }

    private async Task UntilRunningAsync(int count) =>
        await Eventually.ReturnsAsync(() => program.RunAsync("inspect", "active", "-o", "json"), o => o.Json.GetProperty("tasks").GetArrayLength() == count);

    private async Task UntilWaitingAsync(string queue, long count) => await Eventually.ReturnsAsync(() => WaitingAsync(queue), n => n == count);

    private async Task<long> WaitingAsync(string queue)
    {
        var queues = (await program.RunAsync("inspect", "queues", "-o", "json")).Json.GetProperty("queues").EnumerateArray();
        return queues.Where(q => q.GetProperty("name").GetString() == queue).Select(q => q.GetProperty("waiting").GetInt64()).FirstOrDefault();
    }
}
