using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Loops;

/// <summary>An unexpected exception in each background loop of a worker, at each of its steps.</summary>
public sealed class WorkerLoopTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>, IClassFixture<PostgresFixture>
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly FailingStep failing = new();

    [Fact]
    public async Task Worker_goes_on_after_an_unexpected_exception_in_any_step_of_any_loop()
    {
        var program = await ProgramAsync();
        var broken = LoopTable.Worker.Where(l => l.Steps.Contains("start")).Select(l => l.Loop).ToHashSet(StringComparer.Ordinal);
        failing.Always((loop, step) => step == "start" && broken.Remove(loop));
        await using var worker = await program.StartAsync("worker");
        await worker.UntilReadyAsync();
        await Eventually.TrueAsync(() => broken.Count == 0, Long);
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { Namespace = program.Variable("TASKRUNNER_NAMESPACE") });
        foreach (var (loop, steps) in LoopTable.Worker)
        {
            foreach (var step in steps.Where(step => step != "start"))
            {
                var before = failing.Failures(loop);
                failing.Once((l, s) => l == loop && s == step);
                await Eventually.TrueAsync(
                    async () =>
                    {
                        await ProvokeAsync(program, worker, harness, loop, step);
                        return failing.Failures(loop) > before;
                    },
                    Long,
                    $"an exception in {loop}/{step}");
                failing.Never();

                var echo = await program.RunAsync("enqueue", "debug.echo", "--wait", "--timeout", "40s");
                echo.Code.Should().Be(0, $"a task runs and its result is written after {loop}/{step} threw: {echo.Error}");
            }
        }

        await Eventually.TrueAsync(async () => (await worker.GetAsync("/livez")).Status == 200, Long);
        failing.Supervisor.All.Select(l => l.Name).Should().BeEquivalentTo(LoopTable.Worker.Select(l => l.Loop), "every loop of the table was tried, and no other runs");
        failing.Seen.Should().BeEquivalentTo(LoopTable.Worker.SelectMany(l => l.Steps.Select(s => (l.Loop, s))).Concat(OnlyHere), "every step of the table was tried, and there is no other");
        (await worker.GetAsync("/metrics")).Body.Should().Contain("taskrunner_loop_failures_total{loop=\"results\"}");
    }

    [Fact]
    public async Task No_loop_of_an_idle_worker_or_beat_stands_at_one_step()
    {
        var program = await ProgramAsync(("TASKRUNNER_COUNT_QUEUES", "true"));
        foreach (var verb in new[] { "worker", "beat" })
        {
            await using var running = await program.StartAsync(verb);
            await running.UntilReadyAsync();
            var last = new Dictionary<string, double>(StringComparer.Ordinal);
            var moved = new HashSet<string>(StringComparer.Ordinal);

            // One that stands still is at its step for longer at each look.
            await Eventually.TrueAsync(
                () =>
                {
                    foreach (var (loop, seconds) in failing.Supervisor.AtStep)
                    {
                        if (seconds == 0 || (last.TryGetValue(loop, out var before) && seconds < before))
                        {
                            moved.Add(loop);
                        }

                        last[loop] = seconds;
                    }

                    return last.Keys.All(moved.Contains);
                },
                Long,
                $"a move of every loop of {verb}");
            (await running.GetAsync("/metrics")).Body.Should().Contain("taskrunner_loop_step_seconds{loop=\"redis-commands\"} 0");
        }
    }

    [Fact]
    public async Task Loop_that_keeps_failing_is_named_by_livez_until_it_works_again()
    {
        var program = await ProgramAsync();
        await using var worker = await program.StartAsync("worker");
        await worker.UntilReadyAsync();
        failing.Always((loop, _) => loop == "results");
        await program.SucceedAsync("enqueue", "debug.echo");

        var live = await Eventually.ReturnsAsync(() => worker.GetAsync("/livez"), r => r.Status == 503, Long);

        live.Body.Should().Contain("loops: results failed").And.Contain("UnexpectedException: thrown in the place of results/");
        failing.Never();
        await Eventually.TrueAsync(async () => (await worker.GetAsync("/livez")).Status == 200, Long);
        (await program.RunAsync("enqueue", "debug.echo", "--wait", "--timeout", "40s")).Code.Should().Be(0);
    }

    [Theory]
    [InlineData("fetch")]
    [InlineData("results")]
    [InlineData("heartbeat")]
    [InlineData("queues")]
    public async Task Worker_whose_loop_is_broken_still_drains_ends_with_zero_and_gives_up_its_lease(string loop)
    {
        var program = await ProgramAsync(("TASKRUNNER_DRAIN_SECONDS", "1"));
        var worker = await program.StartAsync("worker");
        await worker.UntilReadyAsync();
        await program.SucceedAsync("enqueue", "debug.sleep", "-a", """{"seconds":0.2}""");
        failing.Always((l, s) => l == loop);
        await Eventually.TrueAsync(() => failing.Failures(loop) > 0 || Nudge(loop), Long);

        (await worker.StopAsync()).Should().Be(0);

        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { Namespace = program.Variable("TASKRUNNER_NAMESPACE") });
        (await harness.NumberAsync("ZCARD", harness.Queue.Leases)).Should().Be(0);
        await worker.DisposeAsync();
    }

    /// <summary>Steps that are taken and are tried by a test of their own.</summary>
    private static IEnumerable<(string, string)> OnlyHere => [];

    private bool Nudge(string loop)
    {
        failing.Supervisor.Loop(loop).Nudge();
        return false;
    }

    private async Task<StockProgram> ProgramAsync(params (string, string)[] more) =>
        new([.. ProgramVariables.Of(redis, await postgres.CreateMigratedAsync()), ("TASKRUNNER_LEASE_SECONDS", "3"), .. more]) { Supervising = failing.Watch };

    /// <summary>Makes the loop come to the step.</summary>
    private async Task ProvokeAsync(StockProgram program, RunningProgram worker, BrokerHarness harness, string loop, string step)
    {
        switch (loop)
        {
            case "fetch" or "results":
                await program.SucceedAsync("enqueue", "debug.echo");
                break;
            case "heartbeat" when step == "adopt":
                await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.OrphanedResults, "{}"), default);
                break;
            case "heartbeat" when step == "recover":
                await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, 1, "dead:1"), default);
                break;
            case "heartbeat" when step == "cancel":
                var id = (await program.RunAsync("enqueue", "debug.sleep", "-a", """{"seconds":2}""")).Lines.Single();
                await Eventually.TrueAsync(async () => await harness.Broker.CancelAsync(Guid.Parse(id), default) is CancelStatus.Running or CancelStatus.Marked);
                break;
            case "redis-commands" or "redis-sleeper":
                await harness.Client.ExecuteAsync(RedisCommand.Create("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"), default);
                break;
            case "gauges":
                await worker.GetAsync("/metrics");
                break;
            case "log":
                failing.Supervisor.Loop("queues").Failed(new UnexpectedException("a line for the log"));
                break;
            default:
                failing.Supervisor.Loop(loop).Nudge();
                break;
        }
    }
}
