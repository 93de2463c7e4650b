using System.Globalization;
using TaskRunner.FaultTests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>What trials found, in the order of the scripts.</summary>
internal sealed class Findings(ITestOutputHelper output)
{
    private const int MostShown = 20;
    private const int LongestLine = 600;

    private readonly SortedDictionary<string, (int Tried, int Wrong, int Twice)> counts = new(StringComparer.Ordinal);
    private readonly List<string> lines = [];

    /// <summary>One trial.</summary>
    public void Add(string script, string what, IReadOnlyList<string> wrong)
    {
        var (tried, faults, twice) = counts.GetValueOrDefault(script);
        counts[script] = (tried + 1, faults + (wrong.Count > 0 ? 1 : 0), twice);
        if (wrong.Count > 0)
        {
            lines.Add($"{what}: {string.Join("; ", wrong)}");
        }
    }

    /// <summary>Tasks that will run twice because of the last trial.</summary>
    public void Note(string script, IReadOnlyList<string> twice)
    {
        var (tried, faults, before) = counts.GetValueOrDefault(script);
        counts[script] = (tried, faults, before + (twice.Count > 0 ? 1 : 0));
    }

    private static string Short(string line) => line.Length > LongestLine ? line[..LongestLine] + "…" : line;

    /// <summary>Tells the counts, and fails when something was found.</summary>
    /// <param name="possible">How many trials there are in all.</param>
    public void Judge(int possible)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{counts.Values.Sum(c => c.Tried)} of {possible} faults tried, seed {Soak.Seed}"));
        foreach (var (script, (tried, wrong, twice)) in counts)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{script,-26} {tried,5} tried, {wrong,5} with losses or leaks, {twice,5} leave a task in two places"));
        }

        foreach (var line in lines)
        {
            output.WriteLine(Short(line));
        }

        Assert.True(lines.Count == 0, $"TASKRUNNER_TEST_SEED={Soak.Seed} repeats it: {lines.Count} faults lose or leak something, among them\n{string.Join('\n', lines.Take(MostShown).Select(Short))}");
    }
}
