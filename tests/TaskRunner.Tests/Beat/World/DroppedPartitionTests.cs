using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.World;

/// <summary>Partitions of ticks that somebody takes away: what they held is gone, and nothing else is.</summary>
[Collection(BeatPostgres.Name)]
public sealed class DroppedPartitionTests(PostgresFixture fixture)
{
    private const string Today = "SELECT tableoid::regclass::text FROM taskrunner.ticks LIMIT 1";

    [Theory]
    [InlineData("DROP TABLE {0}")]
    [InlineData("ALTER TABLE taskrunner.ticks DETACH PARTITION {0}")]
    [InlineData("TRUNCATE {0}")]
    [InlineData("DROP TABLE {0}, taskrunner.ticks_default")]
    public async Task Partition_of_today_that_goes_away_takes_no_other_tick_with_it(string take)
    {
        await using var world = await World.OpenAsync(fixture);
        await world.StartAsync();
        var today = (string)(await world.Bench.ExecuteAsync(Today))!;
        var sql = string.Format(System.Globalization.CultureInfo.InvariantCulture, take, today);

        await world.ExecuteAsync($"BEGIN; LOCK TABLE taskrunner.ticks; CREATE TABLE public.kept AS SELECT * FROM taskrunner.ticks; {sql}; COMMIT");
        world.Kept = "public.kept";

        // What the janitor does every ten minutes.
        await world.ExecuteAsync("SELECT taskrunner.maintain_ticks('7 days', 3)");
        await world.ShouldTickOnAsync();
        await world.ShouldBalanceAsync();
    }

    [Theory]
    [InlineData("DROP TABLE taskrunner.ticks_default")]
    [InlineData("ALTER TABLE taskrunner.ticks DETACH PARTITION taskrunner.ticks_default")]
    public async Task Default_partition_that_was_taken_away_is_put_back(string take)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(take);

        await bench.ExecuteAsync("SELECT taskrunner.maintain_ticks('7 days', 30)");

        (await bench.ExecuteAsync("SELECT count(*) FROM pg_inherits WHERE inhparent = 'taskrunner.ticks'::regclass")).Should().Be(33L, "the default, yesterday, today and thirty days");
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal) VALUES (gen_random_uuid(), '2040-01-01')");
    }
}
