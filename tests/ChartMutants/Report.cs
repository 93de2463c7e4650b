using ChartTests.Rendering;

namespace ChartMutants;

/// <summary>Says how many mutants were killed, and which live without a reason in <c>docs/chart-mutants.md</c>.</summary>
internal sealed class Report(IReadOnlyList<Verdict> verdicts, RunOptions options)
{
    private const double Bar = 0.95;

    private static readonly string Page = Path.Combine(Repository.Root, "docs", "chart-mutants.md");

    /// <summary>Prints it; 0 when enough were killed and every other one has a reason.</summary>
    public int Write()
    {
        var counted = verdicts.Where(verdict => verdict.IsTemplate).ToList();
        var living = counted.Where(verdict => verdict.Lives).OrderBy(verdict => verdict.Mutant.Id, StringComparer.Ordinal).ToList();
        var killed = counted.Count - living.Count;
        var reasons = File.Exists(Page) ? File.ReadAllText(Page) : string.Empty;
        var unexplained = living.Where(verdict => !reasons.Contains($"`{verdict.Mutant.Id}`", StringComparison.Ordinal)).ToList();
        foreach (var verdict in living)
        {
            Console.WriteLine($"lives: {verdict.Mutant.File}:{verdict.Mutant.Line} changes {verdict.Changed} renders{(unexplained.Contains(verdict) ? "" : ", explained")}\n  {verdict.Mutant.Id}");
        }

        Console.WriteLine(
            $"{killed} of {counted.Count} mutants killed ({100.0 * killed / Math.Max(1, counted.Count):F1} %), seed {options.Seed}; "
            + $"{living.Count} live, {unexplained.Count} of them without a reason in docs/chart-mutants.md");
        return killed >= Bar * counted.Count && unexplained.Count == 0 ? 0 : 1;
    }
}
