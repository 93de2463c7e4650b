using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace ChartTests.Rendering;

/// <summary>
/// Versions of Kubernetes that a chart cannot tell apart: it only compares the version, and helm answers each comparison alike. What one of
/// them renders, all of them render.
/// </summary>
internal sealed partial class LikeVersions(string chart)
{
    private const string Version = @"\$?[\w.]*\.Capabilities\.KubeVersion\.Version";

    private readonly ConcurrentDictionary<string, Lazy<string>> answers = new();
    private readonly ConcurrentDictionary<string, string> first = new();
    private readonly Lazy<IReadOnlyList<string>?> constraints = new(() => Constraints(chart));

    /// <summary>The version that stands for <paramref name="version"/>; itself when the chart does more than compare.</summary>
    public string Of(string version)
    {
        if (constraints.Value is not { } compared)
        {
            return version;
        }

        var answer = answers.GetOrAdd(version, key => new(() => Ask(key, compared))).Value;
        return first.GetOrAdd(answer, version);
    }

    /// <summary>Everything that the chart compares the version with; null where it does something else with it.</summary>
    private static List<string>? Constraints(string chart)
    {
        List<string> all = [];
        foreach (var file in Directory.EnumerateFiles(Path.Combine(chart, "templates"), "*.*", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            var variables = Variable().Matches(text).Select(match => match.Groups["name"].Value).ToHashSet();
            var compared = Compared().Matches(text)
                .Where(match => match.Groups["version"].Success || variables.Contains(match.Groups["name"].Value))
                .Select(match => match.Groups["constraint"].Value)
                .ToList();
            var rest = Variable().Replace(Compared().Replace(text, string.Empty), string.Empty);
            if (Mentioned().IsMatch(rest) || variables.Any(name => Regex.IsMatch(rest, $@"{Regex.Escape(name)}\b")))
            {
                return null;
            }

            all.AddRange(compared);
        }

        return [.. all.Distinct()];
    }

    private string Ask(string version, IReadOnlyList<string> compared)
    {
        var own = File.ReadAllText(Path.Combine(chart, "Chart.yaml"));
        var answers = compared.Select(constraint => $"- {{{{ semverCompare \"{constraint}\" .Capabilities.KubeVersion.Version }}}}\n");
        try
        {
            return OneTemplate.Render(string.Concat(answers.Prepend("answers:\n")), own, "--kube-version", version);
        }
        catch (HelmException)
        {
            return version;
        }
    }

    [GeneratedRegex(@"\bsemverCompare ""(?<constraint>[^""]*)"" ((?<version>" + Version + @")|(?<name>\$\w+))\b")]
    private static partial Regex Compared();

    [GeneratedRegex(@"(?<name>\$\w+) := " + Version + @"\b")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\.Capabilities\b(?!\.APIVersions\b)|KubeVersion")]
    private static partial Regex Mentioned();
}
