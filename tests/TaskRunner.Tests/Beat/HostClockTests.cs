using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>What is due is the database's to say: the clock of the beat's host may show anything.</summary>
[Collection(BeatPostgres.Name)]
public sealed class HostClockTests(PostgresFixture fixture)
{
    private const string Gaps = """
        SELECT count(*) FROM (SELECT nominal - lag(nominal) OVER (ORDER BY nominal) AS gap FROM taskrunner.ticks) AS ticks
         WHERE gap <> interval '250 milliseconds'
        """;

    private const string Early = "SELECT count(*) FROM taskrunner.ticks WHERE nominal > created_at OR nominal < created_at - interval '5 minutes'";

    [Fact]
    public async Task No_tick_is_lost_or_doubled_when_the_clock_of_the_host_is_set_forward_and_back_by_an_hour()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("fast", "every_ms = 250", "catch_up = 'all', catch_up_limit = 1000");
        var clock = new JumpingClock();
        bench.Start(new BeatOptions { Name = "beat-1" }, clock);

        foreach (var jump in new[] { 1, -2, 1, 24, -24 })
        {
            await TickOnAsync(bench);
            clock.Jump(TimeSpan.FromHours(jump));
        }

        await TickOnAsync(bench);
        await bench.StopAsync();

        (await bench.ExecuteAsync(Gaps)).Should().Be(0L, "no tick is missing, and the key of the table admits none twice");
        (await bench.ExecuteAsync(Early)).Should().Be(0L, "each was written in its time");
        bench.Broker.Duplicates.Should().Be(0);
        bench.IdsOf("fast").Should().OnlyHaveUniqueItems();
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks WHERE state = 'skipped'")).Should().Be(0L);
    }

    private static async Task TickOnAsync(BeatBench bench)
    {
        var seen = bench.IdsOf("fast").Count;
        await BeatBench.UntilAsync("it ticks on", () => bench.IdsOf("fast").Count >= seen + 3);
    }

    /// <summary>A clock on the wall that somebody sets; timers and timestamps go on, as the kernel's do.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        private long offset;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref offset));

        public void Jump(TimeSpan by) => Interlocked.Add(ref offset, by.Ticks);
    }
}
