using System.Globalization;
using FluentAssertions;
using TaskRunner.Tests.Support;

namespace TaskRunner.Tests.Beat.Soak;

/// <summary>Holds ticks, tasks and results against each other.</summary>
internal sealed class BeatLedger(BeatCluster cluster)
{
    private const string Gaps = """
        SELECT count(*) FROM (
            SELECT every_ms, nominal - lag(nominal) OVER (PARTITION BY schedule_id ORDER BY nominal) AS gap
              FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id) AS ticks
         WHERE gap <> every_ms * interval '1 millisecond'
        """;

    private const string Unfinished = """
        SELECT count(*) FROM taskrunner.ticks LEFT JOIN taskrunner.results USING (task_id)
         WHERE results.state IS DISTINCT FROM 'succeeded'
        """;

    private const string Silent = """
        SELECT count(*) FROM taskrunner.schedules
         WHERE NOT EXISTS (SELECT FROM taskrunner.ticks WHERE schedule_id = id AND nominal <= created_at + every_ms * interval '1 millisecond')
            OR NOT EXISTS (SELECT FROM taskrunner.ticks WHERE schedule_id = id AND nominal > updated_at - every_ms * interval '1 millisecond' - interval '5 seconds')
        """;

    // Beats that were just killed are still on their way.
    private const string Behind = """
        SELECT count(*) FROM taskrunner.schedules
         WHERE NOT EXISTS (SELECT FROM taskrunner.ticks WHERE schedule_id = id AND nominal > now() - every_ms * interval '1 millisecond' - interval '2 seconds')
        """;

    // A worker is of one installation, and so is whatever it ran.
    private const string Mixed = """
        SELECT (SELECT count(*) FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE ticks.namespace <> schedules.namespace)
             + (SELECT count(*) FROM taskrunner.ticks JOIN taskrunner.results USING (task_id) WHERE ticks.namespace <> results.namespace)
             + (SELECT count(*) FROM (SELECT FROM taskrunner.results GROUP BY worker HAVING count(DISTINCT namespace) > 1) AS shared)
        """;

    /// <summary>Nothing of one installation is in another, and each of them has its ticks.</summary>
    public async Task ShouldBeApartAsync(int installations)
    {
        (await cluster.CountAsync("SELECT count(DISTINCT namespace) FROM taskrunner.ticks JOIN taskrunner.results USING (namespace, task_id)")).Should().Be(installations);
        (await cluster.CountAsync("SELECT count(DISTINCT worker) FROM taskrunner.results")).Should().Be(installations, "each has one worker");
        (await cluster.CountAsync(Mixed)).Should().Be(0);
    }

    /// <summary>Every nominal tick has one row, one task that was accepted once, and a result.</summary>
    public async Task<long> ShouldBalanceAsync(TimeSpan patience)
    {
        await Eventually.ReturnsAsync(() => cluster.CountAsync(Behind), count => count == 0, patience, "schedules that are behind");
        await cluster.ExecuteAsync("UPDATE taskrunner.schedules SET enabled = false");
        await Eventually.ReturnsAsync(() => cluster.CountAsync(Unfinished), count => count == 0, patience, "ticks without a result of their task");
        var ticks = await cluster.CountAsync("SELECT count(*) FROM taskrunner.ticks");
        (await cluster.CountAsync(Gaps)).Should().Be(0, "no nominal tick is missing");
        (await cluster.CountAsync(Silent)).Should().Be(0, "every schedule ticks from its beginning to its end");
        (await cluster.CountAsync("SELECT count(*) FROM taskrunner.ticks WHERE state IN ('skipped', 'refused')")).Should().Be(0);
        var accepted = AppendOnlyFile.Accepted(cluster.Redis);
        accepted.Where(entry => entry.Value != 1).Should().BeEmpty("no task was accepted twice");
        accepted.Should().HaveCount((int)ticks, "each tick has one task");
        return ticks;
    }

    /// <summary>How late the ticks between two instants of the database were: when they were written, and when it was noted that their tasks are sent.</summary>
    public async Task<(TickLag Written, TickLag Sent)> LagAsync(DateTime from, DateTime to) =>
        (await LagAsync("created_at - nominal", from, to), await LagAsync("sent_at - nominal", from, to));

    private async Task<TickLag> LagAsync(string what, DateTime from, DateTime to)
    {
        var between = string.Create(CultureInfo.InvariantCulture, $"nominal BETWEEN '{from:O}' AND '{to:O}' AND sent_at IS NOT NULL");
        var lags = await cluster.ScalarAsync<double[]>(
            $"SELECT percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM {what})::float8) FROM taskrunner.ticks WHERE {between}");
        return new TickLag(lags[0], lags[1], lags[2]);
    }
}

/// <summary>Median, 99th percentile and most of a time, in seconds.</summary>
internal sealed record TickLag(double Median, double High, double Most)
{
    public override string ToString() => $"median {Median * 1000:0} ms, 99 % {High * 1000:0} ms, most {Most * 1000:0} ms";
}
