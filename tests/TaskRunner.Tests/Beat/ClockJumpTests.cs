using System.Globalization;
using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>The clock of PostgreSQL itself jumps.</summary>
public sealed class ClockJumpTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private const int Schedules = 4;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(259_200)]
    [InlineData(30)]
    [InlineData(2)]
    [InlineData(-3600)]
    [InlineData(-2)]
    public async Task Schedules_resume_once_the_clock_is_right_again_and_no_tick_has_two_tasks(int seconds)
    {
        await using var server = await PostgresServer.StartNewWithClockAsync();
        await using var bench = new BeatBench(server, await server.CreateMigratedAsync());
        await bench.ExecuteAsync($"INSERT INTO taskrunner.schedules (name, every_ms, task, catch_up, catch_up_limit) SELECT 'every second ' || n, 1000, 't', (ARRAY['all', 'latest', 'skip', 'all'])[n], 1000 FROM generate_series(1, {Schedules}) AS n");
        await bench.AddAsync("weekly", "cron = '0 0 * * 0'");
        bench.Start("beat-1");
        bench.Start("beat-2");
        await UntilAllTickAsync(bench, 2);

        await server.SetClockAsync(TimeSpan.FromSeconds(seconds));
        await BeatBench.UntilAsync("both have noticed", () => bench.Observer.Jumps.Count >= 2);
        var (turns, jumped) = (bench.Observer.Turns, bench.Observer.Jumps.Count);
        await BeatBench.UntilAsync("the loops go round", () => bench.Observer.Turns > turns + 10);
        await server.SetClockAsync(TimeSpan.Zero);
        await BeatBench.UntilAsync("both have noticed again", () => bench.Observer.Jumps.Count >= jumped + 2);
        await UntilAllTickAsync(bench, 3);
        await bench.StopAsync();

        bench.Broker.Accepted.Select(request => request.Message.Id).Should().OnlyHaveUniqueItems();
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks WHERE state IN ('sent', 'ran')")).Should().Be((long)bench.Broker.Accepted.Count, "each task has a row that says so");
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks WHERE state = 'skipped' AND nominal > now() + interval '5 seconds'")).Should().Be(0L, "a tick of a time to come is not over");
        (await bench.ExecuteAsync("SELECT next_due > now() AND next_due <= now() + interval '7 days' FROM taskrunner.schedules WHERE name = 'weekly'")).Should().Be(true);
        (await bench.ScalarAsync<long>("SELECT count(*) FROM taskrunner.clock_jumps")).Should().BeGreaterThanOrEqualTo(2);
        bench.Log.Lines.Count(line => line.StartsWith("Warning: The clock of the database went ", StringComparison.Ordinal)).Should().BeInRange(4, 6, "each beat tells of each jump once");
        if (seconds > 0)
        {
            // Where all ticks run, none is missing from before the jump to after it.
            (await bench.ExecuteAsync(
                """
                SELECT count(*) FROM (SELECT nominal - lag(nominal) OVER (PARTITION BY schedule_id ORDER BY nominal) AS gap FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id
                                       WHERE name = 'every second 1' AND nominal <= now()) AS ticks
                 WHERE gap <> interval '1 second'
                """)).Should().Be(0L);
        }
    }

    [Fact]
    public async Task Tick_that_was_put_off_while_the_clock_was_ahead_and_the_broker_away_is_sent_once_both_are_right()
    {
        await using var server = await PostgresServer.StartNewWithClockAsync();
        await using var bench = new BeatBench(server, await server.CreateMigratedAsync());
        await bench.AddAsync("s", "every_ms = 86400000");
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal, task_id, state, check_at) SELECT id, now(), gen_random_uuid(), 'pending', now() FROM taskrunner.schedules");
        bench.Broker.Before = _ => throw new BrokerUnavailableException("away");
        var beat = bench.Create();
        await beat.TurnAsync(CancellationToken.None);

        await server.SetClockAsync(TimeSpan.FromHours(2));
        await beat.TurnAsync(CancellationToken.None);
        await server.SetClockAsync(TimeSpan.Zero);
        bench.Broker.Before = _ => { };
        for (var turn = 0; turn < 4; turn++)
        {
            await beat.TurnAsync(CancellationToken.None);
        }

        (await bench.ExecuteAsync("SELECT string_agg(state, ' ') FROM taskrunner.ticks WHERE nominal <= now() AND check_at < now() + interval '1 hour' AND sent_at IS NOT NULL")).Should().Be("sent");
    }

    [Theory]
    [InlineData("planned_at = now() + interval '3 days', next_due = now() + interval '3 days', last_due = now() + interval '3 days'")]
    [InlineData("planned_at = now() + interval '3 days', next_due = now() + interval '3 days', since = now() + interval '3 days'")]
    [InlineData("planned_at = '294276-01-01', next_due = 'infinity', problem = 'no tick lies ahead'")]
    [InlineData("planned_at = 'infinity', next_due = '294276-01-01'")]
    [InlineData("next_due = NULL, since = '294276-01-01'")]
    public async Task Beat_that_starts_after_the_jump_sets_right_what_was_planned_ahead_of_now(string left)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "every_ms = 1000");
        await bench.ExecuteAsync($"ALTER TABLE taskrunner.schedules DISABLE TRIGGER USER; UPDATE taskrunner.schedules SET {left}; ALTER TABLE taskrunner.schedules ENABLE TRIGGER USER");

        bench.Start();

        await BeatBench.UntilAsync("it ticks", () => bench.IdsOf("s").Count > 2);
    }

    [Fact]
    public async Task Tick_that_was_postponed_by_hand_is_left_alone()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "every_ms = 1000", "next_due = now() + interval '1 day'");
        await bench.AddAsync("other", "every_ms = 1000");

        bench.Start();
        await BeatBench.UntilAsync("the other ticks", () => bench.IdsOf("other").Count > 2);

        bench.IdsOf("s").Should().BeEmpty();
    }

    [Fact]
    public async Task Janitor_goes_by_the_earlier_of_two_clocks()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await using var postgres = new Postgres(bench.Options);
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal, state, check_at, created_at) SELECT gen_random_uuid(), t, 'ran', NULL, t FROM (VALUES (now() - interval '20 days')) AS v (t)");
        var behind = new LateClock();

        await new TickJanitor(postgres, TimeSpan.FromDays(7), behind, bench.Log).RunOnceAsync(CancellationToken.None);
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks")).Should().Be(1L, "by the clock of beat's host it is not old");

        await new TickJanitor(postgres, TimeSpan.FromDays(7), TimeProvider.System, bench.Log).RunOnceAsync(CancellationToken.None);
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks")).Should().Be(0L);
    }

    private static async Task UntilAllTickAsync(BeatBench bench, int more)
    {
        int[] Counts() => [.. Enumerable.Range(1, Schedules).Select(n => bench.IdsOf(string.Create(CultureInfo.InvariantCulture, $"every second {n}")).Count)];
        var before = Counts();
        await BeatBench.UntilAsync("all tick", () => Counts().Zip(before).All(pair => pair.First >= pair.Second + more), Minute.TotalSeconds);
    }

    private sealed class LateClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(-30);
    }
}
