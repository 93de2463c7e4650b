using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace ChartTests.Rendering;

/// <summary>Reads and validates objects. Most values change few objects, so each text is read once and its object shared.</summary>
internal static partial class ValidatedObjects
{
    private static readonly ConcurrentDictionary<(string, int), Lazy<List<Manifest>>> Known = new();

    /// <summary>The objects of a stream of YAML.</summary>
    /// <exception cref="SchemaException">One is not what Kubernetes takes.</exception>
    public static IEnumerable<Manifest> Read(string text, string? kubernetes) =>
        Separator().Split(text).SelectMany(document => Known.GetOrAdd((document, KubernetesSchemas.Applying(kubernetes)), _ => new(() => ReadDocument(document, kubernetes))).Value);

    private static List<Manifest> ReadDocument(string document, string? kubernetes)
    {
        List<Manifest> manifests = [.. Yaml.ParseAll(document).Select(node => new Manifest(node.AsObject()))];
        KubernetesSchemas.Validate(manifests, kubernetes);
        return manifests;
    }

    [GeneratedRegex("^---[ ]*$", RegexOptions.Multiline)]
    private static partial Regex Separator();
}
