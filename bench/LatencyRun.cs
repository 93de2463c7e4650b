using System.Globalization;
using TaskRunner.Bench.Report;
using TaskRunner.Bench.Scenarios;
using TaskRunner.Bench.Support;
using TaskRunner.Bench.Systems;

namespace TaskRunner.Bench;

/// <summary>Only the times from enqueue to start, round after round, for whoever works on them: they swing from round to round, so one says little.</summary>
internal sealed class LatencyRun(string folder)
{
    private const int Rounds = 6;

    public async Task ExecuteAsync(Ours ours)
    {
        await using var redis = await RedisBox.StartAsync(folder);
        for (var round = 1; round <= Rounds; round++)
        {
            var (found, stolen) = (new Measurements(), new StolenTime());
            await Latency.IdleAsync(ours, redis, 500, found, Path.Combine(folder, "idle.log"));
            await Latency.LoadedAsync(ours, redis, 10, found, Path.Combine(folder, "loaded.log"));
            var figures = new[] { What.IdleP50, What.IdleP99, What.Together, What.LoadP50, What.LoadP99 }.Select(what => string.Create(CultureInfo.InvariantCulture, $"{what}: {found.Find(ours.Name, what)?.Median:0.00}"));
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"round {round} of {Rounds}: {string.Join("; ", figures)}; {stolen.Percent:0.0} % of the CPU went to others on the host"));
        }
    }
}
