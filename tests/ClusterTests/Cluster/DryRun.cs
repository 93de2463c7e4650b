using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ClusterTests.Cluster;

/// <summary>Lets the API server judge objects; none is stored. It is asked itself: kubectl would first load the description of everything, for each case anew.</summary>
internal sealed partial class DryRun(ApiProxy api, string inNamespace)
{
    private readonly Dictionary<string, JsonArray> groups = [];

    /// <summary>
    /// What is wrong with each object of a stream of YAML, with its kind; none when the server would take all. A server from 1.25 on also refuses fields that it
    /// does not know.
    /// </summary>
    /// <returns>How many objects were judged, and the mistakes.</returns>
    public async Task<(int Judged, IReadOnlyList<string> Mistakes)> JudgeAsync(string text)
    {
        var judged = 0;
        List<string> mistakes = [];
        foreach (var document in Separator().Split(text).Where(document => Kind().IsMatch(document)))
        {
            var (apiVersion, kind) = (ApiVersion().Match(document).Groups["value"].Value, Kind().Match(document).Groups["value"].Value);
            var (status, body) = await api.PostAsync($"{await PathAsync(apiVersion, kind)}?dryRun=All&fieldValidation=Strict", document, "application/yaml");
            judged++;
            if (status != 201)
            {
                mistakes.Add($"{apiVersion} {kind}: {status} {JsonNode.Parse(body).Text("message")}");
            }
        }

        return (judged, mistakes);
    }

    /// <summary>Where objects of a kind are made, as the server says.</summary>
    private async Task<string> PathAsync(string apiVersion, string kind)
    {
        var root = apiVersion.Contains('/', StringComparison.Ordinal) ? $"/apis/{apiVersion}" : $"/api/{apiVersion}";
        if (!groups.TryGetValue(root, out var resources))
        {
            var (_, body) = await api.GetAsync(root);
            groups[root] = resources = JsonNode.Parse(body).At("resources") as JsonArray ?? [];
        }

        var resource = resources.FirstOrDefault(resource => resource.Text("kind") == kind && !resource.Text("name").Contains('/', StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"The cluster does not know {apiVersion} {kind}.");
        return resource.At("namespaced")!.GetValue<bool>() ? $"{root}/namespaces/{inNamespace}/{resource.Text("name")}" : $"{root}/{resource.Text("name")}";
    }

    [GeneratedRegex("^---.*$", RegexOptions.Multiline)]
    private static partial Regex Separator();

    [GeneratedRegex("^apiVersion: \"?(?<value>[^\"\\s]+)", RegexOptions.Multiline)]
    private static partial Regex ApiVersion();

    [GeneratedRegex("^kind: \"?(?<value>[^\"\\s]+)", RegexOptions.Multiline)]
    private static partial Regex Kind();
}
