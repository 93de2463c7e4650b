using System.Globalization;
using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.Odd;

/// <summary>Rows that no schedule can be made of, among healthy ones that must not miss a tick.</summary>
[Collection(OddRowPostgres.Name)]
public sealed class OddRowTests(PostgresFixture fixture)
{
    private const int Healthy = 8;

    // Settled: it ticks, rests or has its problem.
    private const string Unsettled = """
        SELECT string_agg(name, ', ') FROM taskrunner.schedules
         WHERE enabled AND next_due IS NULL AND problem IS NULL AND NOT EXISTS (SELECT FROM taskrunner.set_aside WHERE schedule_id = id)
        """;

    private const string Gaps = """
        SELECT count(*) FROM (SELECT nominal - lag(nominal) OVER (PARTITION BY schedule_id ORDER BY nominal) AS gap
                                FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name LIKE 'healthy %') AS ticks
         WHERE gap <> interval '200 milliseconds'
        """;

    [Fact]
    public async Task Row_that_beat_cannot_use_has_its_problem_and_stops_nobody()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(OddRows.Prepare);
        await AddHealthyAsync(bench);
        bench.Start("beat-1");
        bench.Start("beat-2");
        await BeatBench.UntilAsync("the healthy ones tick", () => HealthyTicks(bench).All(count => count >= 2));
        OddRow[] odd = [.. OddRows.Each(), .. OddRows.Mixed(100, seed: 7)];

        foreach (var rows in odd.Chunk(50))
        {
            await bench.ExecuteAsync(string.Join('\n', rows.Select(row => row.Insert)));
        }

        await Eventually.ReturnsAsync(() => bench.ExecuteAsync(Unsettled), left => left is null, TimeSpan.FromSeconds(60), "no row to be unsettled");
        var before = HealthyTicks(bench);
        await BeatBench.UntilAsync("the healthy ones tick on", () => HealthyTicks(bench).Zip(before).All(pair => pair.First >= pair.Second + 3));
        var unusable = odd.Where(row => row.IsUnusable).Select(row => row.Name.Trim('\'')).ToList();
        await Eventually.ReturnsAsync(async () => string.Join(", ", unusable.Except(await WithProblemAsync(bench))), left => left.Length == 0, TimeSpan.FromSeconds(60), "each unusable row to have its problem");
        await bench.StopAsync();

        (await bench.ExecuteAsync(Gaps)).Should().Be(0L);
        bench.Broker.Accepted.Select(request => request.Message.Id).Should().OnlyHaveUniqueItems();
        bench.Log.Lines.Should().NotContain(line => line.Contains("The database is unavailable", StringComparison.Ordinal));
        foreach (var row in unusable)
        {
            bench.Log.Lines.Count(line => line.Contains($"Schedule {row} ", StringComparison.Ordinal)).Should().BeInRange(1, 2, row);
        }
    }

    [Fact]
    public async Task Tick_by_hand_that_beat_cannot_use_is_over_and_stops_no_other()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(OddRows.Prepare);
        await AddHealthyAsync(bench);
        await bench.AddAsync("host", "every_ms = 86400000");
        await bench.AddAsync("refuses marks", "every_ms = 200", "catch_up = 'all'");
        bench.Start("beat-1");
        bench.Start("beat-2");

        await bench.ExecuteAsync(string.Join('\n', OddRows.Ticks("host")));
        await Eventually.ReturnsAsync(
            () => bench.ExecuteAsync("SELECT string_agg(format('%s %s', state, nominal), ', ') FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = 'host' AND state = 'pending'"),
            left => left is null,
            TimeSpan.FromSeconds(60),
            "no tick by hand to be left");
        var before = HealthyTicks(bench);
        await BeatBench.UntilAsync("all tick on", () => HealthyTicks(bench).Zip(before).All(pair => pair.First >= pair.Second + 3) && bench.IdsOf("refuses marks").Count > 3);
        await Eventually.ReturnsAsync(() => bench.ExecuteAsync("SELECT problem FROM taskrunner.schedules WHERE name = 'refuses marks'"), problem => problem is not null, TimeSpan.FromSeconds(60), "a problem");
        await bench.StopAsync();

        (await bench.ExecuteAsync(Gaps)).Should().Be(0L);
        bench.Broker.Accepted.Select(request => request.Message.Id).Should().OnlyHaveUniqueItems();
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks WHERE state = 'refused' AND reason LIKE 'its time, % is not in the years 1 to 9999'")).Should().Be(7L);
        (await bench.ExecuteAsync("SELECT problem FROM taskrunner.schedules WHERE name = 'refuses marks'")).As<string>().Should().StartWith("its ticks cannot be marked: the database refuses it: no tick of this one.");
    }

    [Fact]
    public async Task Rows_that_were_refused_before_hold_up_no_other_when_they_are_tried_again()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(
            """
            CREATE FUNCTION public.refuse_slowly() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE known text := (SELECT name FROM taskrunner.schedules WHERE id = NEW.schedule_id);
            BEGIN
              IF known LIKE 'slow %' THEN PERFORM pg_sleep(0.05); END IF;
              IF known <> 'healthy' THEN RAISE EXCEPTION 'no tick of this one'; END IF;
              RETURN NEW;
            END $$;
            CREATE TRIGGER refuse_slowly BEFORE INSERT ON taskrunner.ticks FOR EACH ROW EXECUTE FUNCTION public.refuse_slowly();
            INSERT INTO taskrunner.schedules (name, every_ms, task) SELECT 'slow ' || n, 86400000, 'debug.echo' FROM generate_series(1, 20) AS n;
            INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('healthy', 86400000, 'debug.echo'), ('refused', 86400000, 'debug.echo');
            UPDATE taskrunner.schedules SET next_due = now() - interval '1 s';
            INSERT INTO taskrunner.set_aside (schedule_id, problem, edited_at, retry_at, tries)
              SELECT id, 'as before', updated_at, now(), 10 FROM taskrunner.schedules WHERE name LIKE 'slow %'
            """);

        bench.Start();
        await Eventually.ReturnsAsync(() => bench.ScalarAsync<long>("SELECT count(*) FROM taskrunner.set_aside WHERE tries > 10"), count => count == 20, TimeSpan.FromSeconds(60), "all to be tried again");
        await bench.StopAsync();

        bench.IdsOf("healthy").Should().ContainSingle();
        (await bench.ScalarAsync<bool>(
            "SELECT min(retry_at) - (SELECT min(created_at) FROM taskrunner.ticks) >= interval '1 minute' FROM taskrunner.set_aside WHERE tries > 10")).Should().BeTrue("none was tried again in a transaction before");
    }

    [Fact]
    public async Task Refused_row_is_found_although_no_claim_has_the_time_to_find_it()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(
            """
            CREATE FUNCTION public.check_slowly() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              PERFORM pg_sleep(0.003);
              IF (SELECT name = 'refused' FROM taskrunner.schedules WHERE id = NEW.schedule_id) THEN RAISE EXCEPTION 'no tick of this one'; END IF;
              RETURN NEW;
            END $$;
            CREATE TRIGGER check_slowly BEFORE INSERT ON taskrunner.ticks FOR EACH ROW EXECUTE FUNCTION public.check_slowly();
            INSERT INTO taskrunner.schedules (name, every_ms, task) SELECT 'healthy ' || n, 1000, 'debug.echo' FROM generate_series(1, 200) AS n;
            INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('refused', 1000, 'debug.echo');
            """);

        bench.Start();

        await Eventually.ReturnsAsync(() => bench.ScalarAsync<long>("SELECT count(*) FROM taskrunner.set_aside"), count => count == 1, TimeSpan.FromMinutes(3), "the refused one to be set aside");
        await bench.StopAsync();
    }

    [Fact]
    public async Task Thousands_that_are_refused_take_no_place_in_a_claim_from_others()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(
            """
            INSERT INTO taskrunner.schedules (name, every_ms, task) SELECT 'refused ' || n, 60000, 'debug.echo' FROM generate_series(1, 1900) AS n;
            INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('healthy', 60000, 'debug.echo');
            UPDATE taskrunner.schedules SET next_due = now() - CASE name WHEN 'healthy' THEN interval '1 minute' ELSE interval '1 hour' END;
            INSERT INTO taskrunner.set_aside (schedule_id, problem, edited_at, retry_at) SELECT id, 'as before', updated_at, now() FROM taskrunner.schedules WHERE name <> 'healthy'
            """);
        await using var postgres = new Postgres(bench.Options);

        Task<IReadOnlyList<DueSchedule>> ClaimAsync(ClaimLanes lanes) => postgres.HereAsync(
            async (here, stopping) =>
            {
                await using var transaction = await here.Connection.BeginTransactionAsync(stopping);
                return (await ClaimStore.ClaimAsync(here, lanes, new ClaimWalk(TimeProvider.System), new BeatOptions { Name = "beat-1" }, stopping)).Due;
            },
            CancellationToken.None);

        (await ClaimAsync(ClaimLanes.All(500))).Should().ContainSingle().Which.Name.Should().Be("healthy");
        (await ClaimAsync(ClaimLanes.Retried(500))).Should().HaveCount(50).And.OnlyContain(schedule => schedule.IsRetried);
    }

    [Theory]
    [InlineData("UPDATE taskrunner.schedules SET name = 'mended'")]
    [InlineData("DROP TRIGGER refuse_move ON taskrunner.schedules")]
    public async Task Row_that_was_set_aside_runs_again_once_it_is_mended(string mend)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(OddRows.Prepare);
        await bench.AddAsync("refuses move", "every_ms = 200");
        bench.Start();
        await Eventually.TrueAsync(async () => await bench.ExecuteAsync("SELECT problem FROM taskrunner.set_aside") is string);

        await bench.ExecuteAsync(mend);

        await BeatBench.UntilAsync("it ticks", () => bench.Broker.Accepted.Count > 1);
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.set_aside")).Should().Be(0L);
    }

    private static Task<object?> AddHealthyAsync(BeatBench bench) => bench.ExecuteAsync(
        $"INSERT INTO taskrunner.schedules (name, every_ms, task, catch_up, catch_up_limit) SELECT 'healthy ' || n, 200, 'debug.echo', 'all', 1000 FROM generate_series(1, {Healthy}) AS n");

    private static List<int> HealthyTicks(BeatBench bench) =>
        [.. Enumerable.Range(1, Healthy).Select(n => bench.IdsOf(string.Create(CultureInfo.InvariantCulture, $"healthy {n}")).Count)];

    private static async Task<string[]> WithProblemAsync(BeatBench bench) => await bench.ScalarAsync<string[]>(
        "SELECT coalesce(array_agg(name), '{}') FROM taskrunner.schedules LEFT JOIN taskrunner.set_aside AS aside ON schedule_id = id WHERE coalesce(aside.problem, schedules.problem) IS NOT NULL");
}
