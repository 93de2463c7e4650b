using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Report;

/// <summary>Puts page, numbers and charts into a folder.</summary>
internal static class ReportFolder
{
    private static readonly (string File, string What, string Title)[] Charts =
    [
        ("throughput", What.Consumed, "No-op tasks consumed a second by one worker (more is better)"),
        ("worker-cpu", What.WorkerCpu, "CPU of the worker, microseconds a task (less is better)"),
        ("redis-cpu", What.RedisCpu, "CPU of Redis, microseconds a task (less is better)"),
        ("latency", What.IdleP99, "Enqueue to start on an idle worker, p99 in ms (less is better)"),
        ("memory", What.Rss, "Resident memory of an idle worker, MiB (less is better)"),
    ];

    /// <summary>Writes everything and returns the path of the page.</summary>
    public static async Task<string> WriteAsync(string folder, Machine machine, Measurements found, string mode, int rounds, double minutes)
    {
        Directory.CreateDirectory(folder);
        var names = new List<string>();
        foreach (var (file, what, title) in Charts)
        {
            var bars = found.Systems.Where(s => found.Find(s, what) is not null).Select(s => (s, found.Find(s, what)!.Median, found.Find(s, what)!.Least, found.Find(s, what)!.Most)).ToList();
            if (bars.Count > 0)
            {
                names.Add($"{mode}-{file}.svg");
                await File.WriteAllTextAsync(Path.Combine(folder, names[^1]), SvgChart.Write(title, bars));
            }
        }

        await File.WriteAllTextAsync(Path.Combine(folder, $"{mode}.json"), JsonReport.Write(machine, found, mode, rounds));
        var page = Path.Combine(folder, $"{mode}.md");
        await File.WriteAllTextAsync(page, MarkdownReport.Write(machine, found, mode, rounds, names, minutes));
        return page;
    }
}
