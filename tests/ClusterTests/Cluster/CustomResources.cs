using System.Text.Json.Nodes;

namespace ClusterTests.Cluster;

/// <summary>
/// The custom resources that the chart may render, made known to the cluster from the schemas that the chart's tests have. Each is made once, and
/// only when the one before it is established: the API server writes its whole description anew for each.
/// </summary>
internal sealed class CustomResources(ApiProxy api) : IAsyncDisposable
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private static readonly string Schemas = Path.Combine(Repository.Root, "tests", "ChartTests", "Schemas", "crds.json");

    private readonly List<string> made = [];

    /// <summary>Makes the definitions that the cluster lacks.</summary>
    public async Task DefineAsync()
    {
        foreach (var kind in Kinds())
        {
            var definition = Definition(kind.Key.Group, kind.Key.Kind, [.. kind.Select(version => (version.Name[1], version.Schema))]);
            var name = definition.Text("metadata.name");
            if ((await api.GetAsync($"{Definitions}/{name}")).Status == 404)
            {
                var (status, body) = await api.PostAsync(Definitions, definition.ToJsonString(), "application/json");
                made.Add(status == 201 ? name : throw new InvalidOperationException($"{name}: {status} {body}"));
                await Eventually.UntilAsync($"{name} is established", TimeSpan.FromMinutes(1), () => IsEstablishedAsync(name), isThere => isThere);
            }
        }
    }

    /// <summary>Removes those that were made.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var name in made)
        {
            await api.DeleteAsync($"{Definitions}/{name}");
        }
    }

    private static IEnumerable<IGrouping<(string Group, string Kind), (string[] Name, JsonNode Schema)>> Kinds() =>
        JsonNode.Parse(File.ReadAllText(Schemas))!.AsObject()
            .Select(pair => (Name: pair.Key.Split('/'), Schema: pair.Value!))
            .GroupBy(kind => (Group: kind.Name[0], Kind: kind.Name[2]));

    private async Task<bool> IsEstablishedAsync(string name)
    {
        var (_, body) = await api.GetAsync($"{Definitions}/{name}");
        return JsonNode.Parse(body).At("status.conditions") is JsonArray conditions
            && conditions.Any(condition => condition.Text("type") == "Established" && condition.Text("status") == "True");
    }

    private static JsonObject Definition(string group, string kind, IReadOnlyList<(string Version, JsonNode Schema)> versions)
    {
        var singular = kind.ToLowerInvariant();
        var plural = $"{singular}s";
        return new JsonObject
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{plural}.{group}",
                // Groups of the project itself want to know that somebody looked at the API; here it is only a shape.
                ["annotations"] = new JsonObject { ["api-approved.kubernetes.io"] = "unapproved, a shape for tests" },
            },
            ["spec"] = new JsonObject
            {
                ["group"] = group,
                ["scope"] = "Namespaced",
                ["names"] = new JsonObject { ["kind"] = kind, ["singular"] = singular, ["plural"] = plural, ["listKind"] = $"{kind}List" },
                ["versions"] = new JsonArray([.. versions.Select((version, index) => new JsonObject
                {
                    ["name"] = version.Version,
                    ["served"] = true,
                    ["storage"] = index == 0,
                    ["schema"] = new JsonObject { ["openAPIV3Schema"] = version.Schema.DeepClone() },
                })]),
            },
        };
    }
}
