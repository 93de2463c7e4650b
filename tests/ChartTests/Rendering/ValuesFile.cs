using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ChartTests.Rendering;

/// <summary>One key of <c>values.yaml</c>.</summary>
/// <param name="Path">Its path, with dots.</param>
/// <param name="Default">Its default.</param>
/// <param name="Comment">What stands above it after <c># --</c>; null when nothing does.</param>
internal sealed record ValuesKey(string Path, JsonNode? Default, string? Comment)
{
    /// <summary>Whether nothing lies below it.</summary>
    public bool IsLeaf => Default is not JsonObject { Count: > 0 };
}

/// <summary>The chart's <c>values.yaml</c>, with its comments.</summary>
internal static partial class ValuesFile
{
    public static JsonObject Content { get; } = Yaml.Parse(Repository.ReadChartFile("values.yaml"))!.AsObject();

    public static IReadOnlyList<ValuesKey> Keys { get; } = [.. Read()];

    private static IEnumerable<ValuesKey> Read()
    {
        var path = new List<string>();
        var comment = new List<string>();
        foreach (var line in Repository.ReadChartFile("values.yaml").Split('\n'))
        {
            if (Comment().Match(line) is { Success: true } text)
            {
                if (text.Groups["start"].Success)
                {
                    comment.Clear();
                }

                if (text.Groups["start"].Success || comment.Count > 0)
                {
                    comment.Add(text.Groups["text"].Value);
                }

                continue;
            }

            if (Key().Match(line) is { Success: true } key)
            {
                path.RemoveRange(key.Groups["indent"].Length / 2, path.Count - (key.Groups["indent"].Length / 2));
                path.Add(key.Groups["key"].Value);
                var name = string.Join('.', path);
                yield return new ValuesKey(name, Content.At(name), comment.Count > 0 ? string.Join(' ', comment) : null);
            }

            comment.Clear();
        }
    }

    [GeneratedRegex(@"^ *#(?<start> --)? (?<text>\S.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex("^(?<indent> *)(?<key>[A-Za-z]+):")]
    private static partial Regex Key();
}
