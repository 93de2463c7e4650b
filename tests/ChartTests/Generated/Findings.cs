using ChartTests.Rendering;

namespace ChartTests.Generated;

/// <summary>What is wrong with outcomes, each as the set that shows it and a sentence.</summary>
internal static class Findings
{
    public static IReadOnlyList<string> Broken(IReadOnlyList<GeneratedSet> sets, IReadOnlyList<Outcome> outcomes) =>
        [
            .. from pair in sets.Zip(outcomes)
               where pair.Second.Kind == Outcome.Broken
               select $"{pair.First}\n  {pair.Second.Text.Trim()}",
        ];

    public static IReadOnlyList<string> Different(IReadOnlyList<GeneratedSet> sets, IReadOnlyDictionary<string, IReadOnlyList<Outcome>> byHelm)
    {
        var expected = byHelm[HelmVersions.Oldest];
        return
        [
            .. from helm in byHelm.Keys
               from index in Enumerable.Range(0, sets.Count)
               let other = byHelm[helm][index]
               where other.Kind == Outcome.Broken ? expected[index].Kind != Outcome.Broken : other != expected[index]
               let both = $"  {HelmVersions.Oldest} {Short(expected[index])}\n  {helm} {Short(other)}"
               select $"{sets[index]}\n{both}\n  {FirstDifference(expected[index].Text, other.Text)}",
        ];
    }

    public static IReadOnlyList<string> AgainstSchemas(IReadOnlyList<GeneratedSet> sets, IReadOnlyList<Outcome> outcomes) =>
        [.. sets.Zip(outcomes, Mistake).OfType<string>()];

    /// <summary>Reads objects, and says what the schemas of Kubernetes have against them; null when nothing.</summary>
    /// <param name="kubernetes">The oldest version that must know them.</param>
    public static string? TryRead(string text, string kubernetes, out Manifests objects)
    {
        try
        {
            objects = Manifests.Validated(text, kubernetes);
            return null;
        }
        catch (Exception e) when (e is SchemaException or YamlDotNet.Core.YamlException or FormatException or ArgumentException)
        {
            objects = new(string.Empty);
            return e.Message;
        }
    }

    private static string? Mistake(GeneratedSet set, Outcome outcome)
    {
        if (outcome.Kind != Outcome.Rendered)
        {
            return null;
        }

        return TryRead(outcome.Text, HelmVersions.Kubernetes, out _) is { } mistake ? $"{set}\n  {mistake}" : null;
    }

    private static string Short(Outcome outcome) => outcome.Kind == Outcome.Templates ? outcome.Text.Trim() : outcome.Kind;

    private static string FirstDifference(string one, string other) =>
        one.Split('\n').Zip(other.Split('\n'))
            .Where(pair => pair.First != pair.Second)
            .Select(pair => $"{pair.First} | {pair.Second}")
            .FirstOrDefault() ?? "the ends differ";
}
