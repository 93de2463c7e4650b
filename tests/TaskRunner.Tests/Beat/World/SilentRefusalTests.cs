using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.World;

/// <summary>What somebody added to the tables may drop rows without an error: the schedule says so, and no tick is lost in silence.</summary>
[Collection(BeatPostgres.Name)]
public sealed class SilentRefusalTests(PostgresFixture fixture)
{
    private const string Of = "(SELECT id FROM taskrunner.schedules WHERE name = 'cursed')";

    private const string Gaps = """
        SELECT count(*) FROM (SELECT nominal - lag(nominal) OVER (PARTITION BY schedule_id ORDER BY nominal) AS gap FROM taskrunner.ticks) AS ticks WHERE gap <> interval '200 milliseconds'
        """;

    [Theory]
    [InlineData(
        "CREATE FUNCTION public.curse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.schedule_id = " + Of + " THEN RETURN NULL; END IF; RETURN NEW; END $$;"
        + "CREATE TRIGGER curse BEFORE INSERT ON taskrunner.ticks FOR EACH ROW EXECUTE FUNCTION public.curse()",
        "DROP TRIGGER curse ON taskrunner.ticks",
        "a trigger or a rule of the database drops its ticks")]
    [InlineData(
        "CREATE FUNCTION public.curse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        + "CREATE TRIGGER curse BEFORE UPDATE OF next_due ON taskrunner.schedules FOR EACH ROW WHEN (NEW.name = 'cursed') EXECUTE FUNCTION public.curse()",
        "DROP TRIGGER curse ON taskrunner.schedules",
        "a trigger or a policy of the database keeps it from moving on")]
    [InlineData(
        "INSERT INTO taskrunner.ticks (schedule_id, nominal, state, check_at) SELECT '00000000-0000-0000-0000-00000000000c', nominal, 'ran', NULL"
        + " FROM generate_series(date_trunc('second', now()) + interval '2 s', now() + interval '5 min', interval '200 ms') AS nominal;"
        + "DO $$ BEGIN EXECUTE format('CREATE UNIQUE INDEX curse ON taskrunner.ticks (nominal) WHERE schedule_id <> %L', (SELECT id FROM taskrunner.schedules WHERE name = 'healthy')); END $$",
        "DROP INDEX taskrunner.curse",
        "the database refuses it: duplicate key value violates unique constraint")]
    public async Task Schedule_whose_rows_are_dropped_says_so_and_misses_no_tick_once_they_are_not(string curse, string lift, string problem)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("healthy", "every_ms = 200", "catch_up = 'all', catch_up_limit = 1000");
        await bench.AddAsync("cursed", "every_ms = 200", "catch_up = 'all', catch_up_limit = 1000");
        bench.Start("beat-1");
        bench.Start("beat-2");
        await BeatBench.UntilAsync("both tick", () => bench.IdsOf("healthy").Count > 2 && bench.IdsOf("cursed").Count > 2);

        await bench.ExecuteAsync(curse);
        await Eventually.TrueAsync(async () => await bench.ExecuteAsync("SELECT problem FROM taskrunner.set_aside") is string told && told.StartsWith(problem, StringComparison.Ordinal));
        var seen = bench.IdsOf("healthy").Count;
        await BeatBench.UntilAsync("the healthy one ticks on", () => bench.IdsOf("healthy").Count > seen + 5);
        await bench.ExecuteAsync(lift);

        var before = bench.IdsOf("cursed").Count;
        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET description = 'mended' WHERE name = 'cursed'");
        await BeatBench.UntilAsync("the other one ticks again", () => bench.IdsOf("cursed").Count > before + 5);
        await bench.StopAsync();
        (await bench.ExecuteAsync(Gaps)).Should().Be(0L);
    }
}
