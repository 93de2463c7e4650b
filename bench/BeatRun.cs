using TaskRunner.Bench.Report;
using TaskRunner.Bench.Scenarios;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench;

/// <summary>The runs of beat, each on servers of its own.</summary>
internal static class BeatRun
{
    private static readonly (int Schedules, int PerSecond, double Settle, double Seconds)[] Runs = [(10, 100, 0, 20), (100_000, 100, 0, 20), (10_000, 1000, 65, 30)];

    /// <summary>Measures, and writes the page into a folder.</summary>
    /// <param name="program">The published program.</param>
    /// <param name="output">The folder of the page.</param>
    /// <param name="machine">What it is measured on.</param>
    /// <param name="folder">A folder for logs.</param>
    /// <returns>The path of the page.</returns>
    public static async Task<string> ExecuteAsync(string program, string output, Machine machine, string folder)
    {
        var load = new BeatLoad(program, folder);
        var figures = new List<BeatFigures>();
        foreach (var (schedules, perSecond, settle, seconds) in Runs)
        {
            figures.Add(await load.RunAsync(schedules, perSecond, settle, seconds));
            await Console.Out.WriteLineAsync(figures[^1].ToString());
        }

        var page = Path.Combine(output, "beat.md");
        await File.WriteAllTextAsync(page, BeatReport.Write(machine, figures));
        return page;
    }
}
