using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>The rules that a task type has in the program, applied to ticks as <c>enqueue</c> applies them.</summary>
[Collection(BeatPostgres.Name)]
public sealed class TickTypeRuleTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Task_of_a_tick_has_the_rules_of_its_type()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", "arguments = '{\"metal\": \"gold\"}'");
        var beat = Create(bench, task => task.Expires(TimeSpan.FromMinutes(10)).Unique(UniqueUntil.Start, upTo: TimeSpan.FromHours(2)).Concurrency(3, arguments => $"n{arguments.Length}"));

        await bench.TickAsync(beat);

        var request = bench.Broker.Accepted.Should().ContainSingle().Subject;
        request.Expires.Should().BeCloseTo(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(30));
        request.Should().BeEquivalentTo(new { OnConflict = UniqueConflict.Reject, UniqueFor = TimeSpan.FromHours(2) });
        request.Message.Rules.Should().BeEquivalentTo(new { UniqueUntil = UniqueUntil.Start, ConcurrencyKey = "n17", ConcurrencyLimit = 3 });
        request.Message.Rules!.UniqueKey.Should().StartWith("debug.echo:");
    }

    [Fact]
    public async Task Unique_type_skips_a_tick_while_another_task_holds_its_key_and_says_so()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'");
        var beat = Create(bench, task => task.Unique());

        await bench.TickAsync(beat);
        await bench.TickAsync(beat);

        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("sent; skipped another task held the unique key of its type");
    }

    [Fact]
    public async Task Type_that_replaces_is_replaced_by_the_later_tick_and_never_by_one_that_was_lost()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'");
        var beat = Create(bench, task => task.Unique(onConflict: UniqueConflict.Replace));
        await bench.TickAsync(beat);
        bench.Broker.Forget();
        await bench.TickAsync(beat);

        await bench.ExecuteAsync("UPDATE taskrunner.ticks SET check_at = now()");
        await Create(bench, task => task.Unique(onConflict: UniqueConflict.Replace)).RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().HaveCount(2);
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("skipped a later task took its place; sent");
    }

    [Fact]
    public async Task What_the_schedule_says_goes_before_what_the_type_says()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", "overlap = 'skip', expires_ms = 60000");
        var beat = Create(bench, task => task.Unique(onConflict: UniqueConflict.Replace).Expires(TimeSpan.FromHours(1)));

        await bench.TickAsync(beat);
        await bench.TickAsync(beat);

        bench.Broker.Accepted.Should().ContainSingle().Which.Expires.Should().BeLessThanOrEqualTo(TimeSpan.FromMinutes(1));
        bench.Broker.Accepted[0].Message.Rules!.UniqueKey.Should().StartWith("schedule ");
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("sent; skipped the task of an earlier tick had not finished");
    }

    [Fact]
    public async Task Key_that_throws_what_cannot_be_described_refuses_the_ticks_of_its_type_and_all_others_go_on()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("bad", "cron = '@yearly'");
        await bench.AddAsync("good", "cron = '@yearly'", "task = 'other'");

        await bench.TickAsync(Create(bench, task => task.Unique(key: _ => throw new UnspeakableException())));

        bench.Broker.Accepted.Should().ContainSingle().Which.Message.Schedule.Should().Be("good");
        (await bench.ExecuteAsync("SELECT problem FROM taskrunner.schedules WHERE name = 'bad'"))
            .Should().Be("The rules of task type 'debug.echo' failed: UnspeakableException: (its message cannot be read: NotSupportedException)");
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(TimeoutException))]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(OperationCanceledException))]
    public async Task Key_that_throws_refuses_the_ticks_of_its_type_and_all_others_go_on(Type failure)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("bad", "cron = '@yearly'");
        await bench.AddAsync("good", "cron = '@yearly'", "task = 'other'");
        var beat = Create(bench, task => task.Concurrency(3, _ => throw (Exception)Activator.CreateInstance(failure, "no metal")!));

        await bench.TickAsync(beat);
        await bench.TickAsync(beat);

        bench.Broker.Accepted.Should().HaveCount(2).And.OnlyContain(request => request.Message.Schedule == "good");
        bench.Observer.Ticks.Select(tick => (tick.Schedule, tick.Outcome)).Should().BeEquivalentTo(
            [("bad", TickOutcome.Refused), ("good", TickOutcome.Enqueued), ("bad", TickOutcome.Refused), ("good", TickOutcome.Enqueued)]);
        var reason = $"The rules of task type 'debug.echo' failed: {failure.Name}: no metal";
        (await bench.ExecuteAsync("SELECT string_agg(DISTINCT concat_ws(' ', state, reason), ';') FROM taskrunner.ticks WHERE state <> 'sent'")).Should().Be($"refused {reason}");
        (await bench.ExecuteAsync("SELECT string_agg(problem, ';') FROM taskrunner.schedules")).Should().Be(reason);
        bench.Log.Lines.Should().HaveCount(2).And.OnlyContain(line => line == $"Error: No task debug.echo is enqueued for schedule bad: {reason}");
    }

    [Fact]
    public async Task Key_that_is_no_key_refuses_the_ticks_of_its_type_with_the_rule()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("bad", "cron = '@yearly'");
        await bench.AddAsync("good", "cron = '@yearly'", "task = 'other'");

        await bench.TickAsync(Create(bench, task => task.Unique(key: _ => new string('x', 250))));

        bench.Broker.Accepted.Should().ContainSingle().Which.Message.Schedule.Should().Be("good");
        (await bench.ExecuteAsync("SELECT problem FROM taskrunner.schedules WHERE name = 'bad'")).As<string>()
            .Should().StartWith("The rules of task type 'debug.echo' failed: The unique key 'xxx").And.Contain("is not allowed");
    }

    [Fact]
    public async Task Key_function_that_never_returns_costs_one_thread_and_all_others_go_on()
    {
        using var release = new ManualResetEventSlim();
        var calls = 0;
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("bad", "every_ms = 200");
        await bench.AddAsync("good", "every_ms = 200", "task = 'other'");
        var beat = Create(bench, task => task.Unique(key: _ =>
        {
            Interlocked.Increment(ref calls);
            release.Wait(CancellationToken.None);
            return "late";
        }));

        await Eventually.TrueAsync(async () =>
        {
            await beat.RunOnceAsync(CancellationToken.None);
            return bench.IdsOf("good").Count > 5;
        });

        calls.Should().Be(1);
        bench.IdsOf("bad").Should().BeEmpty();
        (await bench.ExecuteAsync("SELECT bool_and(state = 'pending') FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = 'bad'")).Should().Be(true, "it may only lack a processor");
        release.Set();
        await Eventually.TrueAsync(async () =>
        {
            await beat.RunOnceAsync(CancellationToken.None);
            return bench.IdsOf("bad").Count > 0;
        });
    }

    public static TheoryData<Exception> Failures() => [new InvalidOperationException(new string('x', 5000)), new InvalidOperationException("a\0b\nc\ud800"), new UnspeakableException()];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Reason_of_whatever_text_fits_its_column_and_the_other_ticks_go_on(Exception failure)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("bad", "cron = '@yearly'");
        await bench.AddAsync("worse", "cron = '@yearly'", "task = 'worse'");
        await bench.AddAsync("good", "cron = '@yearly'", "task = 'other'");
        bench.Broker.Before = requests =>
        {
            if (requests.Any(request => request.Message.Task == "worse"))
            {
                throw failure;
            }
        };
        var beat = Create(bench, task => task.Unique(key: _ => throw failure));

        await bench.TickAsync(beat);
        await bench.TickAsync(beat);

        bench.Broker.Accepted.Should().HaveCount(2).And.OnlyContain(request => request.Message.Schedule == "good");
        (await bench.ExecuteAsync("SELECT string_agg(format('%s %s', name, state), '; ' ORDER BY name, nominal) FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id")).Should()
            .Be("bad refused; bad refused; good sent; good sent; worse refused; worse refused");
        (await bench.ExecuteAsync("SELECT min(length(reason)) > 0 AND max(length(reason)) <= 1000 FROM taskrunner.ticks WHERE state = 'refused'")).Should().Be(true);
        (await bench.ExecuteAsync("SELECT string_agg(name, ' ' ORDER BY name) FROM taskrunner.schedules WHERE problem IS NOT NULL")).Should().Be("bad worse");
    }

    [Fact]
    public async Task Tick_that_the_broker_is_not_asked_about_says_nothing_of_an_outage()
    {
        await using var bench = await OpenWithoutBrokerAsync();
        bench.Start(Settings(task => task.Unique(key: _ => throw new TimeoutException("no metal"))));
        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET next_due = now() WHERE name = 'good'");
        await Eventually.TrueAsync(
            () => bench.Log.Lines.Any(line => line.Contains("The broker is unavailable, retrying", StringComparison.Ordinal)));

        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal) SELECT id, now() FROM taskrunner.schedules WHERE name = 'bad'");
        await Eventually.TrueAsync(() => bench.Observer.Ticks.Any(tick => tick.Outcome == TickOutcome.Refused));
        await bench.StopAsync();

        bench.Log.Lines.Should().NotContain(line => line.Contains("over after", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tick_that_the_broker_is_not_asked_about_does_not_wait_for_it()
    {
        await using var bench = await OpenWithoutBrokerAsync();

        var look = () => bench.TickAsync(Create(bench, task => task.Unique(key: _ => throw new TimeoutException("no metal"))));

        await look.Should().ThrowAsync<BrokerUnavailableException>();
        bench.Observer.Ticks.Should().ContainSingle().Which.Outcome.Should().Be(TickOutcome.Refused);
    }

    [Fact]
    public async Task Tick_that_was_sent_stays_so_when_the_rules_of_its_type_fail_later()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'");
        await bench.TickAsync(bench.Create());

        await bench.LookAsync(Create(bench, task => task.Unique(key: _ => throw new TimeoutException("no metal"))));

        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("sent");
        (await bench.ExecuteAsync("SELECT count(problem) FROM taskrunner.schedules")).Should().Be(0L);
    }

    /// <summary>Two schedules, of which the rules of type debug.echo concern the bad one, and a broker that is away.</summary>
    private async Task<BeatBench> OpenWithoutBrokerAsync()
    {
        var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("bad", "cron = '@yearly'");
        await bench.AddAsync("good", "cron = '@yearly'", "task = 'other'");
        bench.Broker.Before = _ => throw new BrokerUnavailableException("away");
        return bench;
    }

    private static BeatService Create(BeatBench bench, Action<TaskBuilder> rules) => bench.Create(Settings(rules));

    private static BeatOptions Settings(Action<TaskBuilder> rules)
    {
        var app = TaskRunnerApp.Create([]);
        rules(app.MapTask<int>("debug.echo", (_, _, _) => Task.CompletedTask));
        return new BeatOptions { Name = "beat-1", Registry = app.Registry };
    }

    private sealed class UnspeakableException : Exception
    {
        public override string Message => throw new NotSupportedException("not even that");
    }
}
