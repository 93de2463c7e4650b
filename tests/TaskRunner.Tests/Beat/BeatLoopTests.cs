using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

[Collection(BeatPostgres.Name)]
public sealed class BeatLoopTests(PostgresFixture fixture)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Each_tick_runs_exactly_once_however_many_beats_there_are(int beats)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        foreach (var n in Enumerable.Range(0, 12))
        {
            await bench.AddAsync($"tick-{n}", $"every_ms = {200 + (n % 2 * 100)}", "catch_up = 'all', catch_up_limit = 1000");
        }

        for (var n = 1; n <= beats; n++)
        {
            // A slow machine takes longer than half a second between a tick and its task; that another beat sends it then, too, is by
            // design.
            bench.Start(new BeatOptions { Name = $"beat-{n}", HandOver = TimeSpan.FromMinutes(1) });
        }

        await BeatBench.UntilAsync("each has ticked five times", () => Enumerable.Range(0, 12).All(n => bench.IdsOf($"tick-{n}").Count >= 5));
        await bench.StopAsync();

        bench.Broker.Duplicates.Should().Be(0);
        foreach (var n in Enumerable.Range(0, 12))
        {
            await ShouldHaveEveryTickAsync(bench, $"tick-{n}", 200 + (n % 2 * 100));
        }
    }

    [Fact]
    public async Task Listener_to_metrics_that_throws_at_each_event_costs_no_tick()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("tick", "every_ms = 200", "catch_up = 'all', catch_up_limit = 1000");
        bench.Observer.Misbehave = () => throw new InvalidOperationException("The listener is broken.");

        bench.Start();

        await BeatBench.UntilAsync("it has ticked five times", () => bench.IdsOf("tick").Count >= 5);
        await bench.StopAsync();
        bench.Broker.Duplicates.Should().Be(0);
        await ShouldHaveEveryTickAsync(bench, "tick", 200);
        bench.Log.Lines.Should().NotContain(line => line.Contains("The listener is broken", StringComparison.Ordinal), "no loop had to be started anew");
    }

    [Fact]
    public async Task No_tick_is_lost_or_doubled_while_connections_are_killed()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("fast", "every_ms = 250", "catch_up = 'all', catch_up_limit = 1000");
        bench.Start("beat-1");
        bench.Start("beat-2");

        for (var kill = 0; kill < 6; kill++)
        {
            var seen = bench.IdsOf("fast").Count;
            await BeatBench.UntilAsync("it ticks on", () => bench.IdsOf("fast").Count > seen);
            await bench.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{bench.Database}' AND pid <> pg_backend_pid()");
        }

        var last = bench.IdsOf("fast").Count;
        await BeatBench.UntilAsync("it ticks on after the last kill", () => bench.IdsOf("fast").Count > last);
        await bench.StopAsync();
        await ShouldHaveEveryTickAsync(bench, "fast", 250);
    }

    [Fact]
    public async Task Edit_takes_effect_within_a_second()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        bench.Start();
        await BeatBench.UntilAsync("the loop runs", () => bench.Observer.Turns > 0);

        await Duration.UntilLessAsync(TimeSpan.FromSeconds(1.5), async () =>
        {
            var name = $"slow {Guid.NewGuid():N}";
            await bench.AddAsync(name, "every_ms = 86400000");
            var turns = bench.Observer.Turns;
            await BeatBench.UntilAsync("it is read", () => bench.Observer.Turns > turns + 1);
            var edited = TimeProvider.System.GetTimestamp();
            await bench.ExecuteAsync($"UPDATE taskrunner.schedules SET every_ms = 50 WHERE name = '{name}'");
            await BeatBench.UntilAsync("it ticks", () => bench.IdsOf(name).Count > 0);
            var took = TimeProvider.System.GetElapsedTime(edited);
            await bench.ExecuteAsync($"UPDATE taskrunner.schedules SET enabled = false WHERE name = '{name}'");
            return took;
        });
    }

    [Fact]
    public async Task Declared_schedules_tick()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        bench.Start("beat-1", new ScheduleDeclaration { Name = "declared", Timing = new() { Every = TimeSpan.FromMilliseconds(50) }, Task = "debug.echo" });

        await BeatBench.UntilAsync("it ticks", () => bench.IdsOf("declared").Count > 0);

        bench.Log.Lines[0].Should().Be("Information: 1 declared schedules: 1 added, 0 changed, 0 removed");
    }

    [Fact]
    public async Task Declared_schedule_that_clashes_with_one_made_by_hand_ends_the_beat()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("mine", "every_ms = 1000");
        var beat = bench.Create("beat-1", new ScheduleDeclaration { Name = "mine", Timing = new() { Every = TimeSpan.FromSeconds(1) }, Task = "debug.echo" });

        var run = () => beat.RunAsync(CancellationToken.None);

        await run.Should().ThrowAsync<ScheduleFileException>().WithMessage("*schedules.mine*made by hand*");
    }

    [Fact]
    public async Task Tick_by_hand_needs_only_a_due_time()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("yearly", "cron = '@yearly'");
        bench.Start();
        await BeatBench.UntilAsync("the loop runs", () => bench.Observer.Turns > 0);

        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET next_due = now()");

        await BeatBench.UntilAsync("it ticks", () => bench.IdsOf("yearly").Count == 1);
    }

    [Fact]
    public async Task Deleted_schedule_ticks_no_more()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("gone", "every_ms = 50");
        bench.Start();
        await BeatBench.UntilAsync("it ticks", () => bench.IdsOf("gone").Count > 0);

        await bench.ExecuteAsync("DELETE FROM taskrunner.schedules");
        var turns = bench.Observer.Turns;
        var ticks = bench.IdsOf("gone").Count;
        await BeatBench.UntilAsync("the loop goes round twice", () => bench.Observer.Turns >= turns + 2);

        bench.IdsOf("gone").Count.Should().BeLessThanOrEqualTo(ticks + 1);
    }

    [Fact]
    public async Task Broker_outage_is_logged_once_and_its_end_with_the_duration()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("fast", "every_ms = 50");
        bench.Broker.Before = _ => throw new BrokerUnavailableException("connection refused");
        var beat = bench.Start();
        await BeatBench.UntilAsync("a turn has failed", () => bench.Observer.Turns >= 2);
        var meanwhile = new Meanwhile();
        await BeatBench.UntilAsync("two more have failed", () => bench.Observer.Turns >= 4);
        meanwhile.ShouldHaveGrown(TimeProvider.System.GetUtcNow() - beat.LastTurn, TimeSpan.Zero);

        bench.Broker.Before = _ => { };
        await BeatBench.UntilAsync("it ticks again", () => bench.Log.Lines.Count == 2);
        await bench.StopAsync();

        bench.Log.Lines.Should().HaveCount(2);
        bench.Log.Lines[0].Should().Be("Warning: The broker is unavailable, retrying: connection refused");
        bench.Log.Lines[1].Should().MatchRegex(@"^Information: The broker is unavailable: over after \d+\.\d s$");
    }

    [Fact]
    public async Task Database_restart_is_survived_without_losing_or_doubling_a_tick()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var bench = new BeatBench(server, await server.CreateMigratedAsync());
        await server.ExecuteAsync("postgres", "ALTER SYSTEM SET synchronous_commit = on");
        await server.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
        await bench.AddAsync("fast", "every_ms = 500", "catch_up = 'all', catch_up_limit = 1000");
        bench.Start("beat-1");
        bench.Start("beat-2");
        await BeatBench.UntilAsync("it ticks", () => bench.IdsOf("fast").Count >= 1);

        await server.StopAsync();
        await BeatBench.UntilAsync(
            "both beats have logged the outage",
            () => bench.Log.Lines.Count(line => line.Contains("The database is unavailable, retrying", StringComparison.Ordinal)) == 2);
        await server.StartAsync();
        var before = bench.IdsOf("fast").Count;
        await BeatBench.UntilAsync("it ticks again", () => bench.IdsOf("fast").Count >= before + 2);
        await BeatBench.UntilAsync("both beats have said so", () => bench.Log.Lines.Count(line => line.Contains("The database is unavailable: over after", StringComparison.Ordinal)) == 2);
        await bench.StopAsync();

        await ShouldHaveEveryTickAsync(bench, "fast", 500);
    }

    [Fact]
    public async Task Beat_shows_itself_while_it_runs_and_is_gone_after_a_clean_stop()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await using var postgres = new TaskRunner.Database.Postgres(bench.Options);
        var registry = new BeatRegistry(postgres);
        bench.Start("beat-a");
        bench.Start("beat-b");
        await BeatBench.UntilAsync("both run", () => bench.Observer.Turns >= 2 && registry.ReadBeatsAsync(CancellationToken.None).Result.Count == 2);

        var seen = await registry.ReadBeatsAsync(CancellationToken.None);
        await bench.StopAsync();

        seen.Select(beat => (beat.Name, beat.Version)).Should().Equal(("beat-a", "1.2.3"), ("beat-b", "1.2.3"));
        seen.Should().OnlyContain(beat => beat.SeenAge < TimeSpan.FromSeconds(5));
        (await registry.ReadBeatsAsync(CancellationToken.None)).Should().BeEmpty();
    }

    [Fact]
    public async Task Beat_that_was_killed_stays_listed_with_its_age_until_another_cleans_up()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await using var postgres = new TaskRunner.Database.Postgres(bench.Options);
        var meanwhile = new Meanwhile();
        await bench.ExecuteAsync("INSERT INTO taskrunner.beats VALUES ('killed', now() - interval '90 seconds', '1'), ('long-gone', now() - interval '11 minutes', '1')");

        await bench.Create().RunOnceAsync(CancellationToken.None);

        var beats = await new BeatRegistry(postgres).ReadBeatsAsync(CancellationToken.None);
        beats.Select(beat => beat.Name).Should().Equal("beat-1", "killed");
        meanwhile.ShouldHaveGrown(beats[1].SeenAge, TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task Stop_ends_the_loop_at_once()
    {
        await Duration.UntilLessAsync(TimeSpan.FromSeconds(2), async () =>
        {
            await using var bench = await BeatBench.OpenAsync(fixture);
            bench.Start();
            await BeatBench.UntilAsync("the loop runs", () => bench.Observer.Turns > 0);
            var asked = TimeProvider.System.GetTimestamp();
            await bench.StopAsync();
            return TimeProvider.System.GetElapsedTime(asked);
        });
    }

    [Fact]
    public async Task Stop_is_clean_while_the_database_is_away()
    {
        await using var bench = new BeatBench(fixture.Server, fixture.Server.Options("absent"));
        bench.Start();
        await BeatBench.UntilAsync("the loop runs", () => bench.Observer.Turns > 0);

        await bench.StopAsync();

        bench.Log.Lines[0].Should().Contain("has no database 'absent'");
        bench.Log.Lines[^1].Should().Contain("Beat beat-1 stays listed");
    }

    // One row a tick without gap, and one task a row; the last ones may still be pending.
    private static async Task ShouldHaveEveryTickAsync(BeatBench bench, string name, int every)
    {
        var gaps = await bench.ExecuteAsync(
            $"""
            SELECT count(*) FROM (
                SELECT nominal - lag(nominal) OVER (ORDER BY nominal) AS gap FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = '{name}') AS ticks
             WHERE gap <> interval '{every} milliseconds'
            """);
        var written = (Guid[])(await bench.ExecuteAsync($"SELECT array_agg(task_id) FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = '{name}' AND task_id IS NOT NULL"))!;
        var sent = (Guid[])(await bench.ExecuteAsync($"SELECT array_agg(task_id) FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = '{name}' AND state = 'sent'"))!;

        gaps.Should().Be(0L);
        bench.IdsOf(name).Should().OnlyHaveUniqueItems().And.BeSubsetOf(written).And.Contain(sent);
    }
}
