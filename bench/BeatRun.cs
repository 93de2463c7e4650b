using TaskRunner.Bench.Report;
using TaskRunner.Bench.Scenarios;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench;

/// <summary>The runs of beat, each on servers of its own.</summary>
internal static class BeatRun
{
    private static readonly (int Schedules, int PerSecond, double Settle, double Seconds)[] Runs = [(10, 100, 0, 20), (100_000, 100, 0, 20), (10_000, 1000, 65, 30)];

    /// <summary>Measures, prints the page and writes it into a folder.</summary>
    public static async Task<int> ExecuteAsync(string program, string output)
    {
        var folder = Directory.CreateTempSubdirectory("taskrunner-bench-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Child.EndAll();
        Console.CancelKeyPress += (_, _) => Child.EndAll();
        try
        {
            var machine = await Machine.ReadAsync();
            var load = new BeatLoad(program, folder);
            var figures = new List<BeatFigures>();
            foreach (var (schedules, perSecond, settle, seconds) in Runs)
            {
                figures.Add(await load.RunAsync(schedules, perSecond, settle, seconds));
                await Console.Out.WriteLineAsync(figures[^1].ToString());
            }

            var page = BeatReport.Write(machine, figures);
            await File.WriteAllTextAsync(Path.Combine(output, "beat.md"), page);
            await Console.Out.WriteLineAsync(page);
            return 0;
        }
        finally
        {
            Child.EndAll();
            Directory.Delete(folder, recursive: true);
        }
    }
}
