using System.Text.Json.Nodes;

namespace ChartTests.Rendering;

/// <summary>The schemas of one version of Kubernetes, found by API version and kind.</summary>
internal sealed class SchemaSet
{
    private readonly Dictionary<string, JsonObject> kinds = [];
    private readonly SchemaValidator validator;

    private SchemaSet(JsonObject definitions, JsonObject customResources)
    {
        validator = new SchemaValidator(definitions);
        foreach (var schema in definitions.Select(pair => pair.Value!.AsObject()))
        {
            foreach (var kind in (schema["x-kubernetes-group-version-kind"] as JsonArray ?? []).OfType<JsonObject>())
            {
                kinds[$"{kind["group"]}/{kind["version"]}/{kind["kind"]}".TrimStart('/')] = schema;
            }
        }

        foreach (var (name, schema) in customResources)
        {
            kinds[name] = schema!.AsObject();
        }
    }

    public static SchemaSet Load(string kubernetes, string customResources) => new(
        Read(kubernetes)["definitions"]!.AsObject(),
        Read(customResources));

    /// <summary>Everything that is wrong with an object, each as a path and a sentence; empty when it is right.</summary>
    public IReadOnlyList<string> Validate(JsonObject manifest)
    {
        // The betas of these kinds had the same fields; they are rendered for clusters that know nothing newer.
        var version = $"{manifest["apiVersion"]}/{manifest["kind"]}"
            .Replace("policy/v1beta1", "policy/v1", StringComparison.Ordinal)
            .Replace("autoscaling/v2beta2", "autoscaling/v2", StringComparison.Ordinal);
        return kinds.TryGetValue(version, out var schema)
            ? [.. validator.Validate(manifest, schema, string.Empty)]
            : [$"no schema describes {version}"];
    }

    private static JsonObject Read(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Schemas", file)))!.AsObject();
}
