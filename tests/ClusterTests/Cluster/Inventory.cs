using System.Text.Json.Nodes;

namespace ClusterTests.Cluster;

/// <summary>Everything that is in a namespace, of every kind that the cluster knows.</summary>
internal sealed class Inventory(ApiProxy api, string inNamespace)
{
    /// <summary>Kind and name of every object, including those that Kubernetes made itself, but no events or metrics.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync()
    {
        List<string> objects = [];
        foreach (var (path, kind) in await KindsAsync())
        {
            objects.AddRange((await api.ReadAsync(path))["items"]!.AsArray().Select(item => $"{kind}/{item.Text("metadata.name")}"));
        }

        return [.. objects.Distinct(StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<(string Path, string Kind)>> KindsAsync()
    {
        List<(string, string)> kinds = [];
        var groups = (await api.ReadAsync("/apis"))["groups"]!.AsArray()
            .Select(group => $"/apis/{group.Text("preferredVersion.groupVersion")}")
            .Where(group => !group.Contains("metrics", StringComparison.Ordinal));
        foreach (var group in groups.Prepend("/api/v1"))
        {
            kinds.AddRange((await api.ReadAsync(group))["resources"]!.AsArray()
                .Where(kind => IsKept(kind!))
                .Select(kind => ($"{group}/namespaces/{inNamespace}/{kind.Text("name")}", kind.Text("kind"))));
        }

        return kinds;
    }

    private static bool IsKept(JsonNode kind)
    {
        var verbs = kind["verbs"]!.AsArray().Select(verb => verb!.ToString()).ToList();
        return kind.Text("namespaced") == "true" && verbs.Contains("list") && verbs.Contains("delete") && kind.Text("name") != "events";
    }
}
