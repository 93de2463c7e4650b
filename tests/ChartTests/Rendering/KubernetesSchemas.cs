using System.Text.Json.Nodes;

namespace ChartTests.Rendering;

/// <summary>The vendored schemas: the oldest and the newest Kubernetes that are published as such, and the custom resources.</summary>
internal static class KubernetesSchemas
{
    private static readonly IReadOnlyDictionary<string, SchemaSet> Versions = new Dictionary<string, SchemaSet>
    {
        ["1.25"] = SchemaSet.Load("kubernetes-1.25.json", "crds.json"),
        ["1.36"] = SchemaSet.Load("kubernetes-1.36.json", "crds.json"),
    };

    /// <summary>Validates every object against every version.</summary>
    /// <exception cref="SchemaException">An object is wrong, or of a kind that no schema describes.</exception>
    public static void Validate(IEnumerable<Manifest> manifests)
    {
        foreach (var manifest in manifests)
        {
            Validate(manifest.Content);
        }
    }

    /// <inheritdoc cref="Validate(IEnumerable{Manifest})"/>
    public static void Validate(JsonObject manifest)
    {
        foreach (var (version, schemas) in Versions)
        {
            var mistakes = schemas.Validate(manifest);
            if (mistakes.Count > 0)
            {
                throw new SchemaException($"{manifest["kind"]} {manifest.At("metadata.name")} is wrong for Kubernetes {version}", mistakes);
            }
        }
    }
}
