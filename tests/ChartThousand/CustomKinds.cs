using System.Text.Json.Nodes;

namespace ChartThousand;

/// <summary>Definitions of the kinds that the chart may render and Kubernetes does not have, from the schemas of the chart's tests.</summary>
internal static class CustomKinds
{
    /// <param name="root">Folder of the checkout.</param>
    public static IEnumerable<JsonObject> Definitions(string root) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(root, "tests", "ChartTests", "Schemas", "crds.json")))!.AsObject()
            .Select(pair => (Name: pair.Key.Split('/'), Schema: pair.Value!))
            .GroupBy(item => (Group: item.Name[0], Kind: item.Name[2]))
            .Select(kind => Definition(kind.Key.Group, kind.Key.Kind, [.. kind.Select((item, index) => Version(item.Name[1], item.Schema, index == 0))]));

    private static JsonObject Version(string name, JsonNode schema, bool isStored) => new()
    {
        ["name"] = name,
        ["served"] = true,
        ["storage"] = isStored,
        ["schema"] = new JsonObject { ["openAPIV3Schema"] = schema.DeepClone() },
    };

    private static JsonObject Definition(string group, string kind, JsonArray versions)
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
                // Groups of the Kubernetes project require a sign that the API was reviewed.
                ["annotations"] = new JsonObject { ["api-approved.kubernetes.io"] = "unapproved, a shape for tests" },
            },
            ["spec"] = new JsonObject
            {
                ["group"] = group,
                ["scope"] = "Namespaced",
                ["names"] = new JsonObject { ["kind"] = kind, ["singular"] = singular, ["plural"] = plural, ["listKind"] = $"{kind}List" },
                ["versions"] = versions,
            },
        };
    }
}
