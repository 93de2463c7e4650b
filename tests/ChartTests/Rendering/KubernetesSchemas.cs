using System.Text.Json.Nodes;

namespace ChartTests.Rendering;

/// <summary>The vendored schemas: the oldest and the newest Kubernetes that are published as such, and the custom resources.</summary>
internal static class KubernetesSchemas
{
    private const string Newest = "1.36";

    private static readonly IReadOnlyDictionary<string, SchemaSet> Versions = new Dictionary<string, SchemaSet>
    {
        ["1.25"] = SchemaSet.Load("kubernetes-1.25.json", "crds.json"),
        ["1.36"] = SchemaSet.Load("kubernetes-1.36.json", "crds.json"),
    };

    /// <summary>Validates every object against every version that is not older than what it was rendered for.</summary>
    /// <exception cref="SchemaException">An object is wrong, or of a kind that no schema describes.</exception>
    public static void Validate(IEnumerable<Manifest> manifests, string? kubernetes = null)
    {
        foreach (var manifest in manifests)
        {
            Validate(manifest.Content, kubernetes);
        }
    }

    /// <inheritdoc cref="Validate(IEnumerable{Manifest}, string?)"/>
    public static void Validate(JsonObject manifest, string? kubernetes = null)
    {
        foreach (var (version, schemas) in Versions.Where(pair => Applies(pair.Key, kubernetes)))
        {
            var mistakes = schemas.Validate(manifest);
            if (mistakes.Count > 0)
            {
                throw new SchemaException($"{manifest["kind"]} {manifest.At("metadata.name")} is wrong for Kubernetes {version}", mistakes);
            }
        }
    }

    /// <summary>How many of the versions an object is validated against: the newest ones, so the number says which.</summary>
    public static int Applying(string? kubernetes) => Versions.Keys.Count(version => Applies(version, kubernetes));

    private static bool Applies(string version, string? kubernetes) => version == Newest || Minor(kubernetes ?? version) <= Minor(version);

    private static int Minor(string version) => int.Parse(version.Split('.')[1], System.Globalization.CultureInfo.InvariantCulture);
}
