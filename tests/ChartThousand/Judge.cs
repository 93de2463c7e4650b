using System.Text.RegularExpressions;
using ChartTests.Generated;
using ChartTests.Rendering;

namespace ChartThousand;

/// <summary>What the API server says against the objects of sets of values. Most sets give many of the same objects: each is asked about once.</summary>
/// <param name="kubernetes">The version that they were rendered for.</param>
internal sealed partial class Judge(ApiServer server, string kubernetes)
{
    private readonly Dictionary<string, string?> known = [];

    public int Asked => known.Count;

    /// <summary>Sets with a field that a user of an old Kubernetes must not ask for; an old server cannot judge them.</summary>
    public int TooNew { get; private set; }

    public async Task<IReadOnlyList<string>> RefusalsAsync(IReadOnlyList<GeneratedSet> sets, IReadOnlyList<Outcome> outcomes)
    {
        List<string> findings = [];
        foreach (var (set, outcome) in sets.Zip(outcomes).Where(pair => pair.Second.Kind == Outcome.Rendered))
        {
            if (Findings.TryRead(outcome.Text, kubernetes, out var objects) is not null || Newer().IsMatch(outcome.Text))
            {
                TooNew++;
                continue;
            }

            foreach (var manifest in objects)
            {
                if (await RefusalAsync(manifest) is { } refusal)
                {
                    findings.Add($"{set}\n  {refusal}");
                }
            }
        }

        return findings;
    }

    /// <summary>Fields that came after the version that judges, and without which what is left of the object is wrong.</summary>
    [GeneratedRegex("""^ +"?grpc"?:""", RegexOptions.Multiline)]
    private static partial Regex Newer();

    private async Task<string?> RefusalAsync(Manifest manifest)
    {
        var text = manifest.Content.ToJsonString();
        if (!known.TryGetValue(text, out var refusal))
        {
            known[text] = refusal = await server.RefusalAsync(manifest);
        }

        return refusal;
    }
}
