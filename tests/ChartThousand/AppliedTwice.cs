using System.Text.Json.Nodes;
using ChartTests.Rendering;

namespace ChartThousand;

/// <summary>
/// Each case of the chart, applied on the server's side as Helm 4 and Argo CD do it: the server takes it, keeps every field as the chart
/// gives it (else Argo CD would show a difference for ever), and a second time changes nothing.
/// </summary>
internal sealed class AppliedTwice(ApiServer server)
{
    public async Task<IReadOnlyList<string>> FindAsync(string kubernetes)
    {
        List<string> findings = [];
        foreach (var file in CiCases.Names)
        {
            var options = new RenderOptions(Namespace: $"ns-{file.Split('.')[0]}", CiCase: file, KubeVersion: kubernetes);
            foreach (var manifest in Chart.Render(options: options))
            {
                findings.AddRange((await TwiceAsync(manifest)).Select(finding => $"ci/{file}: {manifest} {finding}"));
            }
        }

        return findings;
    }

    private async Task<IEnumerable<string>> TwiceAsync(Manifest manifest)
    {
        try
        {
            var first = await server.ApplyAsync(manifest);
            var second = await server.ApplyAsync(manifest);
            var isSame = first.Text("metadata.resourceVersion") == second.Text("metadata.resourceVersion");
            return Lost(manifest.Content, first, "").Concat(isSame ? [] : ["changes when it is applied again"]);
        }
        catch (InvalidOperationException e)
        {
            return [e.Message];
        }
    }

    /// <summary>What the chart gives and the server keeps otherwise.</summary>
    private static IEnumerable<string> Lost(JsonNode? given, JsonNode? kept, string path) => (given, kept) switch
    {
        (JsonObject map, JsonObject other) when path != "/stringData" =>
            map.SelectMany(pair => Lost(pair.Value, other[pair.Key], $"{path}/{pair.Key}")),
        // A server before 1.23 keeps an autoscaler in its oldest form, with the metrics in an order of its own.
        (JsonArray list, JsonArray other) when path == "/spec/metrics" =>
            Texts(list).Except(Texts(other)).Select(item => $"has lost the metric {item}"),
        // A server puts the tolerations that it gives each pod before or between its own.
        (JsonArray list, JsonArray other) when path == "/spec/tolerations" =>
            Texts(list).Except(Texts(other)).Select(item => $"has lost the toleration {item}"),
        (JsonArray list, JsonArray other) when list.Count == other.Count =>
            list.SelectMany((item, index) => Lost(item, other[index], $"{path}/{index}")),
        // To Kubernetes an empty text is none.
        (JsonValue text, null) when text.ToString().Length == 0 => [],
        // Newer than the server.
        (_, null) when path.EndsWith("/hostUsers", StringComparison.Ordinal) => [],
        _ => JsonNode.DeepEquals(given, kept) ? [] : [$"has {Short(given)} at {path}, and the server keeps {Short(kept)}"],
    };

    private static IEnumerable<string> Texts(JsonArray list) => list.Select(Sorted);

    private static string Sorted(JsonNode? node) => node is JsonObject map
        ? string.Join(',', map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{{{Sorted(pair.Value)}}}"))
        : Short(node);

    private static string Short(JsonNode? node) => node?.ToJsonString() is not { } text ? "nothing" : text.Length > 80 ? $"{text[..80]}…" : text;
}
