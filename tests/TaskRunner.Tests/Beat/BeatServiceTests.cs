using System.Text;
using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

[Collection(BeatPostgres.Name)]
public sealed class BeatServiceTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Due_schedule_is_enqueued_with_all_that_it_says()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("rates", "cron = '0 0 1 1 *'", "task = 'pricing.fetch', queue = 'pricing', priority = 8, arguments = '{\"metal\": \"gold\"}', next_due = '2026-01-01 00:00:00Z'");

        await bench.Create().RunOnceAsync(CancellationToken.None);

        var request = bench.Broker.Accepted.Should().ContainSingle().Subject;
        request.RememberId.Should().Be(TimeSpan.FromHours(25));
        request.Delay.Should().Be(TimeSpan.Zero);
        request.Message.Should().BeEquivalentTo(new { Task = "pricing.fetch", Queue = "pricing", Priority = 8, Schedule = "rates", Attempt = 0, Redeliveries = 0 });
        Encoding.UTF8.GetString(request.Message.Arguments.Span).Should().Be("{\"metal\": \"gold\"}");
        request.Message.EnqueuedAt.Should().BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task New_schedule_gets_its_due_time_and_does_not_tick_yet()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("hourly", "cron = '0 * * * *'");

        await bench.Create().RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().BeEmpty();
        (await bench.ExecuteAsync("SELECT next_due = date_trunc('hour', now()) + interval '1 hour' FROM taskrunner.schedules")).Should().Be(true);
    }

    [Fact]
    public async Task Settled_tick_moves_on_and_is_not_enqueued_again()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("daily", "every_ms = 86400000", "next_due = date_trunc('day', now())");
        var beat = bench.Create();

        await beat.RunOnceAsync(CancellationToken.None);
        await beat.RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().ContainSingle();
        bench.Broker.Duplicates.Should().Be(0);
        (await bench.ExecuteAsync("SELECT last_due = date_trunc('day', now()) AND next_due = date_trunc('day', now()) + interval '1 day' AND revision = 2 FROM taskrunner.schedules")).Should().Be(true);
    }

    [Fact]
    public async Task Paused_schedule_does_not_tick_and_runs_on_from_now_when_it_is_resumed()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("paused", "every_ms = 86400000", "enabled = false");
        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET next_due = now() - interval '3 days'");
        var beat = bench.Create();
        await beat.RunOnceAsync(CancellationToken.None);
        bench.Observer.Counted.Should().Be(new ScheduleCounts(0, 1, 0, 0));

        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET enabled = true");
        await beat.RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().BeEmpty();
        (await bench.ExecuteAsync("SELECT next_due > now() FROM taskrunner.schedules")).Should().Be(true);
    }

    [Theory]
    [InlineData("skip", 0, "missed, catch-up skip")]
    [InlineData("latest", 1, "missed, a newer tick runs instead")]
    [InlineData("all", 10, "missed, over the catch-up limit")]
    public async Task Ticks_missed_in_an_outage_follow_the_policy(string policy, int enqueued, string reason)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("late", "cron = '0 0 * * *'", $"catch_up = '{policy}', catch_up_window_ms = 2592000000, next_due = date_trunc('day', now() - interval '20 days')");

        await bench.Create().RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().HaveCount(enqueued);
        bench.Observer.Ticks.Select(tick => tick.Outcome).Should().Equal(Enumerable.Repeat(TickOutcome.Enqueued, enqueued));
        bench.Observer.Catches.Should().ContainSingle().Which.Should().BeEquivalentTo((Schedule: "late", Policy: ScheduleWords.CatchUps.Parse(policy), Run: enqueued, Dropped: 21 - enqueued));
        var told = await bench.ExecuteAsync("SELECT string_agg(DISTINCT reason, ';') || ' ' || count(*) FILTER (WHERE state = 'skipped') || ' ' || sum(missed_count) FROM taskrunner.ticks");
        told.Should().Be($"{reason} {Math.Min(20, 21 - enqueued)} {21 - enqueued}");
        bench.Log.Lines.Should().ContainSingle().Which.Should().Contain($"its policy {policy} drops {21 - enqueued}");
        (await bench.ExecuteAsync("SELECT next_due > now() FROM taskrunner.schedules")).Should().Be(true);
    }

    [Fact]
    public async Task Large_arguments_of_many_ticks_that_are_caught_up_are_held_once_and_sent_in_small_calls()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("large", "every_ms = 1000", "overlap = 'allow', catch_up = 'all', catch_up_limit = 1000, arguments = jsonb_build_object('text', repeat('x', 200000))");
        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET next_due = date_trunc('second', now() - interval '300 seconds')");
        var calls = new List<long>();
        bench.Broker.Before = requests => calls.Add(requests.Sum(request => (long)request.Message.Arguments.Length));
        var beat = bench.Create();

        await Eventually.TrueAsync(async () =>
        {
            await beat.RunOnceAsync(CancellationToken.None);
            return bench.IdsOf("large").Count >= 300;
        });

        calls.Should().OnlyContain(bytes => bytes <= 4 << 20);
        bench.Broker.Accepted.Select(request => request.Message.Arguments).Distinct().Should().HaveCountLessThan(10, "ticks of one claim share them");
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks WHERE state <> 'sent'")).Should().Be(0L);
    }

    [Fact]
    public async Task Wait_ends_when_the_next_schedule_is_due_and_lasts_half_a_second_at_most()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        var beat = bench.Create();
        (await beat.RunOnceAsync(CancellationToken.None)).Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(0.5));
        await bench.AddAsync("far", "every_ms = 86400000", "next_due = now() + interval '1 hour'");
        (await beat.RunOnceAsync(CancellationToken.None)).Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(0.5));

        await bench.AddAsync("near", "every_ms = 86400000", "next_due = now() + interval '300 milliseconds'");
        var wait = await beat.RunOnceAsync(CancellationToken.None);

        wait.Should().BeLessThanOrEqualTo(TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public async Task Backlog_larger_than_a_batch_is_worked_off_without_waiting()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync("INSERT INTO taskrunner.schedules (name, every_ms, task, next_due) SELECT 's' || n, 86400000, 't', now() - interval '1 second' FROM generate_series(1, 1100) n");
        var beat = bench.Create();

        var waits = new[] { await beat.RunOnceAsync(CancellationToken.None), await beat.RunOnceAsync(CancellationToken.None), await beat.RunOnceAsync(CancellationToken.None) };

        waits[..2].Should().Equal(TimeSpan.Zero, TimeSpan.Zero);
        waits[2].Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(0.5));
        bench.Broker.Accepted.Should().HaveCount(1100);
    }

    [Theory]
    [InlineData("cron = 'every day'", "fields; expected 5")]
    [InlineData("cron = '0 0 30 2 *'", "no date matches")]
    [InlineData("cron = '* * * * *', timezone = 'Mars'", "timezone 'Mars' is not in the time zone database")]
    public async Task Schedule_that_cannot_run_says_why_until_it_is_edited_and_stops_nobody_else(string timing, string problem)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("broken", timing);
        await bench.AddAsync("good", "every_ms = 86400000", "next_due = now()");
        var beat = bench.Create();

        await beat.RunOnceAsync(CancellationToken.None);
        await beat.RunOnceAsync(CancellationToken.None);

        bench.IdsOf("good").Should().ContainSingle();
        bench.Log.Lines.Should().ContainSingle().Which.Should().Contain("broken").And.Contain(problem);
        ((string?)await bench.ExecuteAsync("SELECT problem FROM taskrunner.schedules WHERE name = 'broken'")).Should().Contain(problem);

        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET cron = '0 0 1 1 *', timezone = 'UTC' WHERE name = 'broken'");
        await beat.RunOnceAsync(CancellationToken.None);
        (await bench.ExecuteAsync("SELECT problem IS NULL AND isfinite(next_due) FROM taskrunner.schedules WHERE name = 'broken'")).Should().Be(true);
    }

    [Fact]
    public async Task Tick_is_kept_while_the_broker_is_away()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("daily", "every_ms = 86400000", "next_due = date_trunc('day', now())");
        bench.Broker.Before = _ => throw new BrokerUnavailableException("away");
        var beat = bench.Create();
        var attempt = () => beat.RunOnceAsync(CancellationToken.None);
        await attempt.Should().ThrowAsync<BrokerUnavailableException>();

        bench.Broker.Before = _ => { };
        await Eventually.TrueAsync(async () =>
        {
            await beat.RunOnceAsync(CancellationToken.None);
            return bench.Broker.Accepted.Count == 1;
        });
        (await bench.ExecuteAsync("SELECT string_agg(state, ' ') FROM taskrunner.ticks")).Should().Be("sent");
    }

    [Fact]
    public async Task Broker_that_took_the_tick_but_did_not_answer_refuses_it_the_second_time()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("daily", "every_ms = 86400000", "next_due = date_trunc('day', now())");
        bench.Broker.After = () => throw new TimeoutException("no answer");
        var beat = bench.Create();
        var attempt = () => beat.RunOnceAsync(CancellationToken.None);
        await attempt.Should().ThrowAsync<BrokerUnavailableException>();

        bench.Broker.After = () => Task.CompletedTask;
        await Eventually.TrueAsync(async () =>
        {
            await beat.RunOnceAsync(CancellationToken.None);
            return bench.Broker.Duplicates == 1;
        });

        bench.Broker.Accepted.Should().ContainSingle();
        bench.Observer.Ticks.Should().ContainSingle().Which.Outcome.Should().Be(TickOutcome.Duplicate);
    }

    [Fact]
    public async Task Crash_between_enqueueing_and_noting_it_runs_the_tick_once()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("daily", "every_ms = 86400000", "next_due = date_trunc('day', now())");
        bench.Broker.After = () => bench.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{bench.Database}' AND pid <> pg_backend_pid()");
        var crashing = () => bench.Create("beat-1").RunOnceAsync(CancellationToken.None);
        await crashing.Should().ThrowAsync<DatabaseUnavailableException>();
        bench.Broker.Accepted.Should().ContainSingle();
        (await bench.ExecuteAsync("SELECT string_agg(state, ' ') FROM taskrunner.ticks")).Should().Be("pending");

        bench.Broker.After = () => Task.CompletedTask;
        var other = bench.Create("beat-2");
        await Eventually.TrueAsync(async () =>
        {
            await other.RunOnceAsync(CancellationToken.None);
            return bench.Broker.Duplicates == 1;
        });

        bench.Broker.Accepted.Should().ContainSingle();
        (await bench.ExecuteAsync("SELECT state || ' ' || (sent_at IS NOT NULL) FROM taskrunner.ticks")).Should().Be("sent true");
    }

    [Fact]
    public async Task Task_that_the_broker_refuses_stops_only_its_own_schedule()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("large", "every_ms = 86400000", "task = 'large', next_due = date_trunc('day', now())");
        await bench.AddAsync("good", "every_ms = 86400000", "next_due = date_trunc('day', now())");
        bench.Broker.Before = requests =>
        {
            if (requests.Any(request => request.Message.Task == "large"))
            {
                throw new ArgumentException("the payload is over the limit");
            }
        };

        await bench.Create().RunOnceAsync(CancellationToken.None);

        bench.IdsOf("good").Should().ContainSingle();
        bench.Observer.Ticks.Select(tick => (tick.Schedule, tick.Outcome)).Should().BeEquivalentTo([("large", TickOutcome.Refused), ("good", TickOutcome.Enqueued)]);
        (await bench.ExecuteAsync("SELECT problem FROM taskrunner.schedules WHERE name = 'large' AND next_due > now()")).Should().Be("the broker refuses the task: the payload is over the limit");
    }

    [Fact]
    public async Task Row_that_another_beat_holds_is_left_to_it_without_waiting()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("daily", "every_ms = 86400000", "next_due = date_trunc('day', now())");
        await using var postgres = new Postgres(bench.Options);
        await postgres.HereAsync(
            async (here, stopping) =>
            {
                await using var transaction = await here.Connection.BeginTransactionAsync(stopping);
                var holder = new BeatOptions { Name = "holder", LongestHold = TimeSpan.FromMinutes(5) };
                var walk = new ClaimWalk(TimeProvider.System);
                var held = await ClaimStore.ClaimAsync(here, ClaimLanes.All(500), walk, holder, CancellationToken.None);
                held.Due.Should().ContainSingle();
                await Duration.UntilLessAsync(TimeSpan.FromSeconds(4), () => bench.Create().RunOnceAsync(CancellationToken.None));
                return true;
            },
            CancellationToken.None);
        bench.Broker.Accepted.Should().BeEmpty();

        await bench.Create().RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().ContainSingle();
    }

    [Fact]
    public async Task Beat_that_freezes_while_it_holds_a_schedule_loses_it_to_another()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("daily", "every_ms = 86400000", "next_due = date_trunc('day', now())");
        await using var postgres = new Postgres(bench.Options);
        var other = bench.Create("beat-2");

        var frozen = () => postgres.HereAsync(
            async (here, stopping) =>
            {
                await using var transaction = await here.Connection.BeginTransactionAsync(stopping);
                var (now, due, _, _) = await ClaimStore.ClaimAsync(here, ClaimLanes.All(500), new ClaimWalk(TimeProvider.System), new BeatOptions { Name = "frozen", LongestHold = TimeSpan.FromMilliseconds(100) }, stopping);
                await Eventually.TrueAsync(async () =>
                {
                    await other.RunOnceAsync(CancellationToken.None);
                    return bench.Broker.Accepted.Count == 1;
                });
                return await ClaimStore.WriteAsync(here, [.. due.Select(schedule => TickPlan.Make(schedule, now))], hasSavepoint: true, isPiece: false, TimeSpan.Zero, stopping);
            },
            CancellationToken.None);

        await frozen.Should().ThrowAsync<DatabaseUnavailableException>();
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks")).Should().Be(1L);
    }
}
