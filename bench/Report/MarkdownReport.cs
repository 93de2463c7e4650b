using System.Globalization;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Report;

/// <summary>The run as a page for people.</summary>
internal static class MarkdownReport
{
    public static string Write(Machine machine, Measurements found, string mode, int rounds, IReadOnlyList<string> charts, double minutes)
    {
        var page = new Page();
        page.Add($"# Benchmark");
        page.AddOrigin(mode, $", in {minutes:0.#} minutes. Medians of {rounds} round(s), the range in brackets. [How it is measured, and what to make of it](README.md).");
        page.AddMachine(machine, $"Redis {machine.Redis} on loopback, no persistence");
        page.AddTable(
            found.Systems,
            What.All.Where(w => found.Systems.Exists(s => found.Find(s, w) is not null)).Select(what => (what, found.Systems.Select(s => Cell(found.Find(s, what))))));
        page.AddList(found.Notes);
        foreach (var chart in charts)
        {
            page.Add($"![{Path.GetFileNameWithoutExtension(chart)}]({chart})");
        }

        return page.ToString();
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
}
