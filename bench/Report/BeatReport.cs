using TaskRunner.Bench.Scenarios;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Report;

/// <summary>The runs of beat as a page for people.</summary>
internal static class BeatReport
{
    private static readonly (string What, Func<BeatFigures, string> Cell)[] Rows =
    [
        ("schedules", f => Page.Text($"{f.Schedules:N0}")),
        ("ticks a second", f => Page.Text($"{f.Rate:N0}")),
        ("lag of a tick until its task is noted as sent: median, 99 %, most", f => Page.Text($"{f.Median * 1000:0} / {f.High * 1000:0} / {f.Most * 1000:0} ms")),
        ("CPU of PostgreSQL, % of a core", f => Page.Text($"{f.Postgres * 100:0}")),
        ("CPU of beat, % of a core", f => Page.Text($"{f.Beat * 100:0}")),
        ("CPU of Redis, % of a core", f => Page.Text($"{f.Redis * 100:0.0}")),
        ("CPU of PostgreSQL a tick", f => Page.Text($"{f.Postgres / f.Rate * 1e6:0} µs")),
        ("CPU of beat a tick", f => Page.Text($"{f.Beat / f.Rate * 1e6:0} µs")),
        ("memory of beat (RSS)", f => Page.Text($"{f.Rss:0} MiB")),
        ("from the start of beat until all new schedules have a due time", f => Page.Text($"{f.Loaded:0.0} s")),
        ("from an edit by SQL to its first tick, the slowest of ten", f => Page.Text($"{f.Edit * 1000:0} ms")),
    ];

    public static string Write(Machine machine, IReadOnlyList<BeatFigures> runs)
    {
        var page = new Page();
        page.Add($"# Benchmark of beat");
        page.AddOrigin("bench-beat", $".");
        page.AddMachine(
            machine,
            "PostgreSQL with the settings that it comes with (every commit is on the disk)",
            " All servers share the cores; the schedules are due one after the other, evenly spread; no worker runs.");
        page.AddTable([.. runs.Select(run => Page.Text($"{run.Schedules:N0} at {run.Rate:0}/s"))], Rows.Select(row => (row.What, runs.Select(row.Cell))));
        page.Add($"""
            At 100 ticks a second nearly each tick is a transaction of its own; at 1,000 some twenty share one. In the second run PostgreSQL also does what follows on filling the table (autovacuum), and
            counts all schedules every 15 s for the metrics; the ticks themselves are looked up by indexes. In the third run the measuring starts when ticks of a minute ago are already being confirmed.
            An edit ticks after 50 ms at the earliest, which is its new interval.
            """);
        return page.ToString();
    }
}
