using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ChartThousand;

/// <summary>Prints what was found: each kind of finding with one example and a count.</summary>
internal sealed partial class Report
{
    private readonly Stopwatch clock = Stopwatch.StartNew();

    public int Found { get; private set; }

    public void Say(string sentence) => Console.WriteLine($"[{clock.Elapsed.TotalSeconds,5:0.0} s] {sentence}");

    public void Take(string title, IReadOnlyList<string> findings)
    {
        Found += findings.Count;
        Say($"{title}: {findings.Count}");
        foreach (var kind in findings.GroupBy(Kind).OrderByDescending(kind => kind.Count()))
        {
            Console.WriteLine($"{kind.Count()} x {kind.MinBy(finding => finding.Length)}");
        }
    }

    /// <summary>A finding without its names, numbers and quotes.</summary>
    private static string Kind(string finding) => Particular().Replace(finding[(finding.IndexOf('\n', StringComparison.Ordinal) + 1)..], "…");

    [GeneratedRegex("""/[a-z0-9-]+: [^:]*(is invalid|is forbidden): |"([^"\\]|\\.)*"|[0-9]+""")]
    private static partial Regex Particular();
}
