using System.Globalization;
using System.Text;
using TaskRunner.Bench.Scenarios;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Report;

/// <summary>The runs of beat as a page for people.</summary>
internal static class BeatReport
{
    private static readonly (string What, Func<BeatFigures, string> Cell)[] Rows =
    [
        ("schedules", f => Text($"{f.Schedules:N0}")),
        ("ticks a second", f => Text($"{f.Rate:N0}")),
        ("lag of a tick until its task is noted as sent: median, 99 %, most", f => Text($"{f.Median * 1000:0} / {f.High * 1000:0} / {f.Most * 1000:0} ms")),
        ("CPU of PostgreSQL, % of a core", f => Text($"{f.Postgres * 100:0}")),
        ("CPU of beat, % of a core", f => Text($"{f.Beat * 100:0}")),
        ("CPU of Redis, % of a core", f => Text($"{f.Redis * 100:0.0}")),
        ("CPU of PostgreSQL a tick", f => Text($"{f.Postgres / f.Rate * 1e6:0} µs")),
        ("CPU of beat a tick", f => Text($"{f.Beat / f.Rate * 1e6:0} µs")),
        ("memory of beat (RSS)", f => Text($"{f.Rss:0} MiB")),
        ("from the start of beat until all new schedules have a due time", f => Text($"{f.Loaded:0.0} s")),
        ("from an edit by SQL to its first tick, the slowest of ten", f => Text($"{f.Edit * 1000:0} ms")),
    ];

    public static string Write(Machine machine, IReadOnlyList<BeatFigures> runs)
    {
        var page = new StringBuilder();
        page.Append("# Benchmark of beat\n\n");
        page.Append(Text($"Written by `make bench-beat` on {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC.\n"));
        page.Append(Text($"{machine.Processor}, {machine.Cores} cores, {machine.MemoryGib:0.#} GiB; {machine.System}; PostgreSQL with the settings that it comes with (every commit is on the disk); {machine.Runtime}.\n"));
        page.Append(Text($"Load average at the start: {machine.LoadAtStart:0.0}. All servers share the cores; the schedules are due one after the other, evenly spread; no worker runs.\n\n"));
        page.Append("| |").Append(string.Concat(runs.Select(run => Text($" {run.Schedules:N0} at {run.Rate:0}/s |")))).Append("\n| --- |").Append(string.Concat(runs.Select(_ => " ---: |"))).Append('\n');
        foreach (var (what, cell) in Rows)
        {
            page.Append("| ").Append(what).Append(" |").Append(string.Concat(runs.Select(run => $" {cell(run)} |"))).Append('\n');
        }

        page.Append("""

            At 100 ticks a second nearly each tick is a transaction of its own; at 1,000 some twenty share one. In the second run PostgreSQL also does what follows on filling the table (autovacuum), and
            counts all schedules every 15 s for the metrics; the ticks themselves are looked up by indexes. In the third run the measuring starts when ticks of a minute ago are already being confirmed.
            An edit ticks after 50 ms at the earliest, which is its new interval.

            """);
        return page.ToString();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
