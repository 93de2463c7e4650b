using System.Text.Json.Nodes;

namespace ClusterTests.Cluster;

/// <summary>The custom resources that the chart may render, made known to the cluster from the schemas that the chart's tests have.</summary>
internal static class CustomResources
{
    private static readonly string Schemas = Path.Combine(Repository.Root, "tests", "ChartTests", "Schemas", "crds.json");

    /// <summary>Creates the definitions that the cluster lacks; they stay, as they do where an operator is installed.</summary>
    public static async Task DefineAsync(Kubectl kubectl)
    {
        var kinds = JsonNode.Parse(await File.ReadAllTextAsync(Schemas))!.AsObject()
            .Select(pair => (Name: pair.Key.Split('/'), Schema: pair.Value!))
            .GroupBy(kind => (Group: kind.Name[0], Kind: kind.Name[2]));
        var list = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "List",
            ["items"] = new JsonArray([.. kinds.Select(kind => Definition(kind.Key.Group, kind.Key.Kind, [.. kind.Select(version => (version.Name[1], version.Schema))]))]),
        };
        await kubectl.RunAsync(["apply", "--filename=-"], list.ToJsonString());
        await kubectl.RunAsync(["wait", "crd", "--all", "--for=condition=Established", "--timeout=60s"], "");
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
