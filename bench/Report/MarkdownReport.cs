using System.Globalization;
using System.Text;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Report;

/// <summary>The run as a page for people.</summary>
internal static class MarkdownReport
{
    public static string Write(Machine machine, Measurements found, string mode, int rounds, IReadOnlyList<string> charts, double minutes)
    {
        var page = new StringBuilder();
        Line(page, $"# Benchmark");
        Line(page, $"Written by `make {mode}` on {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC, in {minutes:0.#} minutes. Medians of {rounds} round(s), the range in brackets. [How it is measured, and what to make of it](README.md).");
        Line(page, $"{machine.Processor}, {machine.Cores} cores, {machine.MemoryGib:0.#} GiB; {machine.System}, kernel {machine.Kernel}; Redis {machine.Redis} on loopback, no persistence; {machine.Runtime}. Load average at the start: {machine.LoadAtStart:0.0}.");
        Row(page, ["", .. found.Systems]);
        Row(page, ["---", .. found.Systems.Select(_ => "---:")]);
        foreach (var what in What.All.Where(w => found.Systems.Exists(s => found.Find(s, w) is not null)))
        {
            Row(page, [what, .. found.Systems.Select(s => Cell(found.Find(s, what)))]);
        }

        page.Append('\n');
        foreach (var note in found.Notes)
        {
            page.Append("- ").Append(note).Append('\n');
        }

        page.Append('\n');
        foreach (var chart in charts)
        {
            Line(page, $"![{Path.GetFileNameWithoutExtension(chart)}]({chart})");
        }

        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>A number with as many digits as it deserves.</summary>
    public static string Number(double value)
    {
        // The formats differ by size: rates have no fractions, times have some.
        var format = Math.Abs(value) switch { >= 100 => "N0", >= 10 => "0.0", _ => "0.00" };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string Cell(Sample? sample) => sample switch
    {
        null => "",
        { Values.Count: 1 } => Number(sample.Median),
        _ => $"{Number(sample.Median)} ({Number(sample.Least)}–{Number(sample.Most)})",
    };

    private static void Line(StringBuilder page, FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture)).Append("\n\n");

    private static void Row(StringBuilder page, IEnumerable<string> cells) => page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
