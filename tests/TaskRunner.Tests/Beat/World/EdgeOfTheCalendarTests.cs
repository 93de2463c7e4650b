using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.World;

/// <summary>Declared schedules with the first and the last instants that a file may name, beside a healthy one.</summary>
[Collection(BeatPostgres.Name)]
public sealed class EdgeOfTheCalendarTests(PostgresFixture fixture)
{
    private const string File = """
        {"schedules": {
            "healthy": {"every": "100ms", "task": "debug.echo"},
            "first": {"once": "0001-01-01T00:00:00Z", "task": "debug.echo"},
            "last": {"once": "9999-12-31T23:59:59.999999Z", "task": "debug.echo", "expires": "366d", "jitter": "1d"},
            "from the first": {"every": "365d", "start": "0001-01-01", "anchor": "0001-01-01", "task": "debug.echo"},
            "to the last": {"cron": "0 0 1 1 *", "end": "9999-12-31T23:59:59", "timezone": "Asia/Tokyo", "task": "debug.echo"},
            "from the last": {"every": "366d", "start": "9999-12-31", "anchor": "9999-12-31T23:59:59.999999", "task": "debug.echo"},
            "late in the west": {"every": "1d", "end": "9999-12-31T18:59:59", "timezone": "America/New_York", "task": "debug.echo"},
            "catches up": {"every": "366d", "start": "0001-01-01", "catchUp": "all", "catchUpLimit": 1000, "catchUpWindow": "366d", "task": "debug.echo"}}}
        """;

    [Fact]
    public async Task Schedules_at_the_ends_of_the_calendar_are_taken_and_stop_nobody()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        bench.Start("beat-1", [.. ScheduleFile.Parse(File)]);

        await BeatBench.UntilAsync("the healthy one ticks", () => bench.IdsOf("healthy").Count >= 5);
        await Eventually.TrueAsync(async () => await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.schedules WHERE next_due IS NOT NULL") is 8L);

        (await bench.ExecuteAsync("SELECT string_agg(format('%s: %s', name, problem), ', ') FROM taskrunner.schedules WHERE problem IS NOT NULL")).Should().Be("first: no tick lies ahead");
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.set_aside")).Should().Be(0L);
        await using var postgres = new TaskRunner.Database.Postgres(bench.Options);
        (await new ScheduleTable(postgres).ListAsync(CancellationToken.None)).Should().HaveCount(8).And.OnlyContain(row => row.Unreadable == null);
    }
}
