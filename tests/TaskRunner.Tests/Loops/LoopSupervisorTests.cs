using FluentAssertions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Kubernetes;
using TaskRunner.Loops;
using TaskRunner.Tests.Observability;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Loops;

/// <summary>What the supervisor does with loops that throw, end or hang.</summary>
public sealed class LoopSupervisorTests
{
    private readonly CapturingLogger log = new();

    [Fact]
    public async Task Loop_that_throws_is_logged_with_its_step_and_goes_on()
    {
        using var stop = new CancellationTokenSource();
        var supervisor = new LoopSupervisor(TimeProvider.System, log);
        var loop = supervisor.Loop("relay");
        var rounds = 0;

        await loop.RunAsync(
            async _ =>
            {
                loop.Step("write");
                if (++rounds == 1)
                {
                    throw new UnexpectedException("odd");
                }

                loop.Turned();
                await stop.CancelAsync();
            },
            stop.Token);

        rounds.Should().Be(2);
        supervisor.Failures.Should().Equal(new Dictionary<string, long> { ["relay"] = 1 });
        supervisor.Trouble.Should().BeNull();
        log.Of(LogLevel.Error).Should().ContainSingle().Which.Should().Contain("relay").And.Contain("'write'");
    }

    [Fact]
    public async Task Loop_that_ends_while_the_process_goes_on_has_failed_and_is_started_again()
    {
        using var stop = new CancellationTokenSource();
        var supervisor = new LoopSupervisor(TimeProvider.System, log);
        var starts = 0;

        await supervisor.Loop("relay").RunAsync(_ => ++starts < 3 ? Task.CompletedTask : stop.CancelAsync(), stop.Token);

        starts.Should().Be(3);
        supervisor.Failures["relay"].Should().Be(2);
    }

    [Fact]
    public void Five_failures_in_a_row_are_trouble_with_the_name_of_the_loop_and_one_turn_ends_it()
    {
        var supervisor = new LoopSupervisor(TimeProvider.System, log);
        var loop = supervisor.Loop("relay");
        for (var i = 0; i < 4; i++)
        {
            loop.Failed(new UnexpectedException("odd"));
        }

        supervisor.Trouble.Should().BeNull();
        loop.Failed(new UnexpectedException("odd"));

        supervisor.Trouble.Should().StartWith("relay failed 5 times in a row").And.Contain("UnexpectedException: odd");
        log.Of(LogLevel.Error).Should().HaveCount(3, "the first, the second and the fourth are logged");
        loop.Turned();
        supervisor.Trouble.Should().BeNull();
    }

    [Fact]
    public void Loop_that_has_not_turned_for_a_minute_after_a_failure_is_trouble()
    {
        var time = new ManualTime();
        var supervisor = new LoopSupervisor(time, log);
        supervisor.Loop("relay").Failed(new UnexpectedException("odd"));
        time.Advance(TimeSpan.FromSeconds(59));
        supervisor.Trouble.Should().BeNull();

        time.Advance(TimeSpan.FromSeconds(1));

        supervisor.Trouble.Should().StartWith("relay failed 1 times in a row");
    }

    [Fact]
    public void Loop_that_stands_at_one_step_for_half_an_hour_is_trouble()
    {
        var time = new ManualTime();
        var supervisor = new LoopSupervisor(time, log);
        supervisor.Loop("relay").Step("write");
        time.Advance(TimeSpan.FromMinutes(29));
        supervisor.Trouble.Should().BeNull();
        supervisor.AtStep.Should().Equal(new Dictionary<string, double> { ["relay"] = 29 * 60 });

        time.Advance(TimeSpan.FromMinutes(1));

        supervisor.Trouble.Should().Be("relay has been at step 'write' for 1800 s");
        supervisor.Loop("relay").Step("write");
        supervisor.Trouble.Should().BeNull("it took another step");
    }

    [Fact]
    public async Task Loop_that_rests_fails_ends_or_waits_for_its_next_round_is_at_no_step()
    {
        var time = new ManualTime();
        var supervisor = new LoopSupervisor(time, log);
        using var stop = new CancellationTokenSource();
        var ends = new Dictionary<string, Action<SupervisedLoop>>
        {
            ["turned"] = loop => loop.Turned(),
            ["failed"] = loop => loop.Failed(new UnexpectedException("odd")),
            ["rests"] = loop => loop.Rests(),
        };
        foreach (var (name, end) in ends)
        {
            supervisor.Loop(name).Step("work");
            end(supervisor.Loop(name));
            supervisor.Loop(name).Turned();
        }

        var every = supervisor.Loop("every").EveryAsync(TimeSpan.FromDays(1), _ => Task.CompletedTask, atOnce: true, stop.Token);
        var later = supervisor.Loop("later").EveryAsync(TimeSpan.FromDays(1), _ => Task.CompletedTask, atOnce: false, stop.Token);
        await supervisor.Loop("once").RunToEndAsync(token => Task.Run(() => supervisor.Loop("once").Step("work"), token), stop.Token);
        await supervisor.Loop("try").TryAsync("work", _ => Task.CompletedTask, stop.Token);
        time.Advance(TimeSpan.FromHours(2));

        supervisor.Trouble.Should().BeNull();
        supervisor.AtStep.Values.Should().AllBeEquivalentTo(0);
        await stop.CancelAsync();
        await Task.WhenAll(every, later);
    }

    [Fact]
    public void Pauses_grow_from_a_tenth_of_a_second_to_five_seconds()
    {
        var loop = new LoopSupervisor(TimeProvider.System, log).Loop("relay");
        var pauses = new List<double>();
        for (var i = 0; i < 40; i++)
        {
            loop.Failed(new UnexpectedException("odd"));
            pauses.Add(loop.Pause.TotalSeconds);
        }

        pauses.Take(7).Should().Equal(0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5);
        pauses[^1].Should().Be(5);
    }

    [Fact]
    public void Failure_that_can_be_neither_described_nor_logged_is_counted_all_the_same()
    {
        var supervisor = new LoopSupervisor(TimeProvider.System, new ThrowingLogger());

        for (var i = 0; i < 5; i++)
        {
            supervisor.Loop("relay").Failed(new MuteException());
        }

        supervisor.Trouble.Should().Contain("MuteException");
        supervisor.Loop("relay").Turned();
    }

    [Fact]
    public async Task Thread_survives_an_exception_and_a_body_that_ends()
    {
        var supervisor = new LoopSupervisor(TimeProvider.System, log);
        var starts = 0;

        var thread = supervisor.Loop("thread").StartThread(() => _ = ++starts == 1 ? throw new UnexpectedException("odd") : 0, () => starts >= 3, _ => { });
        await Task.Run(thread.Join);

        starts.Should().Be(3);
        supervisor.Failures["thread"].Should().Be(2);
    }

    [Fact]
    public async Task Exception_that_is_meant_to_end_a_loop_reaches_its_caller()
    {
        var loop = new LoopSupervisor(TimeProvider.System, log).Loop("check");

        var run = () => loop.RunToEndAsync(_ => throw new UnexpectedException("unfit"), default, e => e is UnexpectedException);

        await run.Should().ThrowAsync<UnexpectedException>();
        loop.Failures.Should().Be(0);
    }

    [Fact]
    public async Task Round_that_failed_is_tried_again_after_the_pause_and_not_after_the_interval()
    {
        using var stop = new CancellationTokenSource();
        var rounds = 0;

        await new LoopSupervisor(TimeProvider.System, log).Loop("janitor").EveryAsync(
            TimeSpan.FromHours(1), _ => ++rounds == 1 ? throw new UnexpectedException("odd") : stop.CancelAsync(), atOnce: true, stop.Token).WaitAsync(TimeSpan.FromSeconds(30));

        rounds.Should().Be(2);
    }

    [Fact]
    public async Task Deletion_cost_is_told_after_an_unexpected_exception()
    {
        using var stop = new CancellationTokenSource();
        var supervisor = new LoopSupervisor(TimeProvider.System, NullLogger.Instance);
        var asked = 0;
        var cost = new DeletionCost(null!, () => ++asked > 2 ? 0 : throw new UnexpectedException("odd"), TimeProvider.System, NullLogger.Instance);
        var run = cost.RunAsync(supervisor.Loop("deletion-cost"), stop.Token);

        await Eventually.TrueAsync(() => asked > 3);

        supervisor.Failures["deletion-cost"].Should().BeGreaterThan(2);
        await stop.CancelAsync();
        await run;
    }

    private sealed class MuteException : Exception
    {
        public override string Message => throw new InvalidOperationException("no text");

        public override string ToString() => throw new InvalidOperationException("no text");
    }

    private sealed class ThrowingLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("the provider is broken");
    }
}
