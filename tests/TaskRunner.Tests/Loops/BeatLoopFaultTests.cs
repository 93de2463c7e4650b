using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Loops;

/// <summary>An unexpected exception in each background loop of beat, at each of its steps.</summary>
[Collection(PostgresFixture.Name)]
public sealed class BeatLoopFaultTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly FailingStep failing = new();

    [Fact]
    public async Task Beat_goes_on_after_an_unexpected_exception_in_any_step_of_any_loop()
    {
        var program = new StockProgram([.. ProgramVariables.Of(redis, await postgres.CreateMigratedAsync()), ("TASKRUNNER_COUNT_QUEUES", "true")]) { Supervising = failing.Watch };
        (await program.RunAsync("schedule", "add", "often", "--every", "1s", "--task", "debug.echo", "--overlap", "allow")).Code.Should().Be(0);
        var broken = LoopTable.Beat.Where(l => l.Steps.Contains("start")).Select(l => l.Loop).ToHashSet(StringComparer.Ordinal);
        failing.Always((loop, step) => step == "start" && broken.Remove(loop));
        await using var beat = await program.StartAsync("beat");
        await beat.UntilReadyAsync();
        await Eventually.TrueAsync(() => broken.Count == 0, Long, "a second start of each loop whose first one failed");
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { Namespace = program.Variable("TASKRUNNER_NAMESPACE") });
        foreach (var (loop, steps) in LoopTable.Beat)
        {
            foreach (var step in steps.Where(step => step != "start"))
            {
                var before = failing.Failures(loop);
                failing.Once((l, s) => l == loop && s == step);
                await Eventually.TrueAsync(
                    async () =>
                    {
                        await ProvokeAsync(beat, harness, loop);
                        return failing.Failures(loop) > before;
                    },
                    Long,
                    $"an exception in {loop}/{step}");
                failing.Never();

                var waiting = (await harness.Broker.StatusAsync("default", default)).Waiting;
                await Eventually.TrueAsync(async () => (await harness.Broker.StatusAsync("default", default)).Waiting > waiting, Long, $"a tick after {loop}/{step} threw");
            }
        }

        await Eventually.TrueAsync(async () => (await beat.GetAsync("/livez")).Status == 200, Long);
        failing.Supervisor.All.Select(l => l.Name).Should().BeEquivalentTo(LoopTable.Beat.Select(l => l.Loop), "every loop of the table was tried, and no other runs");
        failing.Seen.Should().BeEquivalentTo(LoopTable.Beat.SelectMany(l => l.Steps.Select(s => (l.Loop, s))), "every step of the table was tried, and there is no other");
    }

    [Fact]
    public async Task Beat_whose_loop_keeps_failing_says_so_and_still_stops_with_zero()
    {
        var program = new StockProgram(ProgramVariables.Of(redis, await postgres.CreateMigratedAsync())) { Supervising = failing.Watch };
        var beat = await program.StartAsync("beat");
        await beat.UntilReadyAsync();
        failing.Always((loop, step) => loop == "beat");

        var live = await Eventually.ReturnsAsync(() => beat.GetAsync("/livez"), r => r.Status == 503, Long);

        live.Body.Should().Contain("loops: beat failed");
        (await beat.StopAsync()).Should().Be(0);
        await beat.DisposeAsync();
    }

    private async Task ProvokeAsync(RunningProgram beat, BrokerHarness harness, string loop)
    {
        switch (loop)
        {
            case "redis-commands":
                await harness.Client.ExecuteAsync(RedisCommand.Create("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"), default);
                break;
            case "gauges":
                await beat.GetAsync("/metrics");
                break;
            case "log":
                failing.Supervisor.Loop("queue-counter").Failed(new UnexpectedException("a line for the log"));
                break;
            default:
                failing.Supervisor.Loop(loop).Nudge();
                break;
        }
    }
}
