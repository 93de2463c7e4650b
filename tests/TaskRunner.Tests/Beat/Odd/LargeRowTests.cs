using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.Odd;

/// <summary>Rows that are larger than beat has memory for, or the database time: others tick on.</summary>
[Collection(OddRowPostgres.Name)]
public sealed class LargeRowTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Arguments_that_fit_in_no_message_are_not_read_however_well_they_are_compressed()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(
            """
            INSERT INTO taskrunner.schedules (name, every_ms, task, arguments) VALUES
              ('good', 200, 'debug.echo', '{}'),
              ('fits', 200, 'debug.echo', jsonb_build_object('a', repeat('x', 250000))),
              ('compressed', 200, 'debug.echo', jsonb_build_object('a', repeat('x', 20000000))),
              ('huge', 200, 'debug.echo', jsonb_build_object('a', repeat('x', 60000000)))
            """);

        bench.Start();

        await BeatBench.UntilAsync("the others tick", () => bench.IdsOf("good").Count > 3 && bench.IdsOf("fits").Count > 0, 180);
        await Eventually.TrueAsync(
            async () => await bench.ExecuteAsync("SELECT count(problem) FROM taskrunner.schedules") is 2L, TimeSpan.FromMinutes(3), "both have their problem");
        (await bench.ExecuteAsync("SELECT string_agg(name || ' ' || problem, '; ' ORDER BY name) FROM taskrunner.schedules")).Should().Be(
            "compressed arguments: must be JSON that fits in a message (TASKRUNNER_MAX_PAYLOAD_BYTES); huge arguments: must be JSON that fits in a message (TASKRUNNER_MAX_PAYLOAD_BYTES)");
        bench.IdsOf("compressed").Should().BeEmpty();
        await using var postgres = new Postgres(bench.Options);
        (await new ScheduleTable(postgres).ListAsync(CancellationToken.None)).Select(row => row.Schedule.Arguments.Length).Should().OnlyContain(length => length < 300_000);
    }

    [Fact]
    public async Task Schedules_that_are_too_large_to_be_read_together_are_read_in_parts()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync("INSERT INTO taskrunner.schedules (name, every_ms, task, arguments) SELECT 'large ' || n, 86400000, 'debug.echo', jsonb_build_object('a', repeat('x', 250000)) FROM generate_series(1, 50) AS n");
        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET next_due = now()");
        await using var postgres = new Postgres(bench.Options);

        var claim = () => postgres.HereAsync(
            async (here, stopping) =>
            {
                await using var transaction = await here.Connection.BeginTransactionAsync(stopping);
                return await ClaimStore.ClaimAsync(here, ClaimLanes.All(500), new ClaimWalk(TimeProvider.System), new BeatOptions { Name = "beat-1" }, stopping);
            },
            CancellationToken.None);

        await claim.Should().ThrowAsync<InsufficientMemoryException>();
        bench.Start();

        await BeatBench.UntilAsync("all tick", () => bench.Broker.Accepted.Count == 50, 180);
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.set_aside")).Should().Be(0L);
    }
}
