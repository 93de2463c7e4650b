using System.Globalization;
using FluentAssertions;
using TaskRunner.Tests.Beat.Odd;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Beat.Soak;

/// <summary>Odd rows among healthy schedules, on three beats: 200 rows by default; with a minute or more 10,000, on a host of their own.</summary>
public sealed class OddRowSoakTests(ITestOutputHelper output)
{
    private const int Healthy = 20;

    private static readonly int Seconds = int.Parse(Environment.GetEnvironmentVariable("SOAK_SECONDS") ?? "12", CultureInfo.InvariantCulture);
    private static readonly bool IsLong = Seconds >= 60;

    private const string Ticks = "taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name LIKE 'healthy %'";

    private const string WithoutProblem = """
        SELECT array_agg(name) FROM taskrunner.schedules LEFT JOIN taskrunner.set_aside AS aside ON schedule_id = id
         WHERE name = ANY ('{0}') AND coalesce(aside.problem, schedules.problem) IS NULL
        """;

    [Fact]
    public async Task Healthy_schedules_miss_no_tick_among_odd_rows()
    {
        await using var cluster = await BeatCluster.StartAsync(replicas: 3);
        await cluster.ExecuteAsync(OddRows.Prepare);
        await cluster.ExecuteAsync($"INSERT INTO taskrunner.schedules (name, every_ms, task, catch_up, catch_up_limit) SELECT 'healthy ' || n, 1000, 'debug.echo', 'all', 1000 FROM generate_series(1, {Healthy}) AS n");
        await Eventually.ReturnsAsync(() => cluster.CountAsync($"SELECT count(*) FROM {Ticks}"), count => count >= 2 * Healthy, TimeSpan.FromMinutes(1), "the healthy ones to tick");
        OddRow[] rows = IsLong ? [.. OddRows.Each(), .. OddRows.Mixed(10_000 - OddRows.Each().Count, seed: 3, leastEvery: "60000")] : [.. OddRows.Mixed(200, seed: 3)];

        using (var timer = new PeriodicTimer(TimeSpan.FromSeconds(Seconds / 2.0 / ((rows.Length + 49) / 50)), TimeProvider.System))
        {
            foreach (var some in rows.Chunk(50))
            {
                await cluster.ExecuteAsync(string.Join('\n', some.Select(row => row.Insert)));
                await timer.WaitForNextTickAsync();
            }
        }

        var end = await cluster.ScalarAsync<DateTime>($"SELECT now() + interval '{Seconds / 2} seconds'");
        await Eventually.ReturnsAsync(() => cluster.ScalarAsync<DateTime>("SELECT now()"), now => now >= end, TimeSpan.FromSeconds(Seconds + 60), "the end");
        await Eventually.ReturnsAsync(() => cluster.CountAsync($"SELECT count(DISTINCT name) FROM {Ticks} AND nominal > '{end:O}' AND sent_at IS NOT NULL"), count => count == Healthy, TimeSpan.FromMinutes(2), "all healthy ones to tick on");

        string[] unusable = [.. rows.Where(row => row.IsUnusable).Select(row => $"\"{row.Name.Trim('\'')}\"")];
        await Eventually.ReturnsAsync(
            async () => string.Join(", ", await cluster.ExecuteAsync(WithoutProblem.Replace("{0}", $"{{{string.Join(',', unusable)}}}", StringComparison.Ordinal)) as string[] ?? []),
            names => names.Length == 0,
            TimeSpan.FromMinutes(2),
            "each unusable row to have its problem");
        (await cluster.CountAsync($"SELECT count(*) FROM (SELECT nominal - lag(nominal) OVER (PARTITION BY schedule_id ORDER BY nominal) AS gap FROM {Ticks}) AS gaps WHERE gap <> interval '1 second'")).Should().Be(0);
        (await cluster.CountAsync($"SELECT count(*) FROM {Ticks} AND state IN ('skipped', 'refused')")).Should().Be(0);
        AppendOnlyFile.Accepted(cluster.Redis).Where(entry => entry.Value != 1).Should().BeEmpty("no task was accepted twice");
        var late = await cluster.ScalarAsync<double>($"SELECT max(extract(epoch FROM ticks.created_at - nominal))::float8 FROM {Ticks}");
        var ticks = await cluster.CountAsync($"SELECT count(*) FROM {Ticks}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{rows.Length} odd rows, {unusable.Length} of them unusable; {ticks} healthy ticks, the latest {late * 1000:0} ms late"));
        late.Should().BeLessThan(IsLong ? 1 : 60);
    }
}
