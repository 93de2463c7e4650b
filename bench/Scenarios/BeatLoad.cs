using System.Globalization;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Scenarios;

/// <summary>One beat on one PostgreSQL: what ticks cost, and what schedules that are not due cost.</summary>
/// <param name="program">The published program.</param>
/// <param name="folder">A folder for logs.</param>
internal sealed class BeatLoad(string program, string folder)
{
    private const double WarmUp = 5;

    /// <summary>Runs schedules that are due one after the other, evenly spread.</summary>
    /// <param name="schedules">How many.</param>
    /// <param name="perSecond">Ticks a second of all of them.</param>
    /// <param name="settle">Seconds before measuring.</param>
    /// <param name="seconds">Seconds of measuring.</param>
    public async Task<BeatFigures> RunAsync(int schedules, int perSecond, double settle, double seconds)
    {
        await using var redis = await RedisBox.StartAsync(folder);
        await using var postgres = await PostgresBox.StartAsync(folder);
        await Child.RunAsync(program, ["migrate"], Variables(redis, postgres));
        await postgres.ExecuteAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"INSERT INTO taskrunner.schedules (name, every_ms, anchor_at, task) SELECT 's' || n, {1000L * schedules / perSecond}, 'epoch'::timestamptz + n * interval '{1_000_000 / perSecond} microseconds', 'debug.echo' FROM generate_series(1, {schedules}) AS n"));
        var began = Clock.Now;
        using var beat = Child.Start(program, ["beat"], Variables(redis, postgres), Path.Combine(folder, "beat.log"));
        try
        {
            await Clock.UntilAsync(async () => await postgres.NumberAsync("SELECT count(*) FROM taskrunner.schedules WHERE next_due IS NULL") == 0, TimeSpan.FromMinutes(3), "all schedules have a due time");
            var loaded = Clock.Now - began;
            await Clock.PauseAsync(WarmUp + settle);
            var (start, from) = (Usage(), await NowAsync(postgres));
            await Clock.PauseAsync(seconds);
            var (end, to) = (Usage(), await NowAsync(postgres));
            var (rss, _) = ProcessTree.Memory(beat.Id);
            var took = end.At - start.At;
            await Clock.PauseAsync(1);
            var between = $"nominal >= '{from}' AND nominal < '{to}'";
            var ticks = await postgres.NumberAsync($"SELECT count(*) FROM taskrunner.ticks WHERE {between} AND state = 'sent'");
            var lags = (double[])(await postgres.RowAsync($"SELECT percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - nominal)::float8) FROM taskrunner.ticks WHERE {between}"))[0];
            return new BeatFigures(schedules, loaded, ticks / took, lags[0], lags[1], lags[2], (end.Postgres - start.Postgres) / took, (end.Beat - start.Beat) / took, (end.Redis - start.Redis) / took, rss, await EditAsync(postgres));
        }
        finally
        {
            await beat.StopAsync();
        }

        (double At, double Postgres, double Beat, double Redis) Usage() => (Clock.Now, postgres.CpuSeconds(), ProcessTree.CpuSeconds([beat.Id]), redis.CpuSeconds());
    }

    /// <summary>Ten edits by SQL, one at a time: the longest time until the schedule ticks by its new interval of 50 ms.</summary>
    private static async Task<double> EditAsync(PostgresBox postgres)
    {
        for (var n = 1; n <= 10; n++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"s{n}");
            await postgres.ExecuteAsync($"UPDATE taskrunner.schedules SET every_ms = 50, anchor_at = NULL WHERE name = '{name}'");
            await Clock.UntilAsync(
                async () => await postgres.NumberAsync($"SELECT count(*) FROM taskrunner.schedules WHERE name = '{name}' AND last_due > since") == 1, TimeSpan.FromSeconds(30), $"the edit of {name} shows");
        }

        return await postgres.NumberAsync(
            "SELECT max(first - since)::float8 FROM (SELECT extract(epoch FROM since) AS since, (SELECT extract(epoch FROM min(created_at)) FROM taskrunner.ticks WHERE schedule_id = id AND nominal > since) AS first FROM taskrunner.schedules WHERE every_ms = 50) AS edits");
    }

    private static async Task<string> NowAsync(PostgresBox postgres) => (string)(await postgres.RowAsync("SELECT now()::text"))[0];

    private static Dictionary<string, string> Variables(RedisBox redis, PostgresBox postgres) => new()
    {
        ["TASKRUNNER_BROKER_URL"] = redis.Url,
        ["TASKRUNNER_DATABASE_URL"] = postgres.Url,
        ["TASKRUNNER_HTTP_PORT"] = "0",
        ["TASKRUNNER_LOG_LEVEL"] = "warning",
    };
}

/// <summary>What a run showed; times in seconds, CPU in cores, memory in MiB.</summary>
internal sealed record BeatFigures(
    int Schedules, double Loaded, double Rate, double Median, double High, double Most, double Postgres, double Beat, double Redis, double Rss, double Edit);
