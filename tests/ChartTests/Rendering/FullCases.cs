using System.Text.Json.Nodes;

namespace ChartTests.Rendering;

/// <summary>A leaf of <c>values.yaml</c> in a case that sets it.</summary>
/// <param name="Path">Its path, with dots.</param>
/// <param name="Case">The file of the case; null when no case sets the leaf to anything but its default.</param>
/// <param name="Full">The case as it is.</param>
/// <param name="Without">The case without the leaf.</param>
/// <param name="Zero">The case with the leaf set to 0, false, or an empty list; null where that is its default, or of another type.</param>
internal sealed record FullLeaf(string Path, string? Case, RenderRequest? Full, RenderRequest? Without, RenderRequest? Zero);

/// <summary>Every leaf of <c>values.yaml</c>, in the first case that sets it. Those of a full case, <c>everything…</c>, come before the others.</summary>
internal static class FullCases
{
    private static readonly IReadOnlyList<(string File, JsonObject Values)> Cases =
    [
        .. CiCases.Names.OrderBy(name => !name.StartsWith("everything", StringComparison.Ordinal)).Select(name => (name, CiCases.Values(name))),
    ];

    public static IReadOnlyList<FullLeaf> Leaves { get; } =
    [
        .. ValuesFile.Content.Walk()
            .Where(item => item.Node is not JsonObject { Count: > 0 } && !item.Path.Contains('[', StringComparison.Ordinal))
            .Select(item => Leaf(item.Path.TrimStart('.'), item.Node)),
    ];

    /// <summary>Renders them in few runs of helm.</summary>
    public static void Prepare(IEnumerable<FullLeaf> leaves) =>
        Chart.Prepare([.. leaves.SelectMany(leaf => new[] { leaf.Full, leaf.Without, leaf.Zero }).OfType<RenderRequest>()]);

    private static FullLeaf Leaf(string path, JsonNode? fallback)
    {
        foreach (var (file, values) in Cases)
        {
            if (values.Has(path) && !JsonNode.DeepEquals(values.At(path), fallback))
            {
                var zero = Zero(fallback);
                return new(
                    path,
                    file,
                    Request(values),
                    Request(Changed(values, path, map => map.Remove(Last(path)))),
                    zero is null ? null : Request(Changed(values, path, map => map[Last(path)] = zero)));
            }
        }

        return new(path, null, null, null, null);
    }

    /// <summary>The nothing of a default that is something.</summary>
    private static JsonNode? Zero(JsonNode? fallback) => fallback switch
    {
        JsonValue number when number.GetValueKind() is System.Text.Json.JsonValueKind.Number && number.ToJsonString() != "0" => JsonValue.Create(0),
        JsonValue truth when truth.GetValueKind() is System.Text.Json.JsonValueKind.True => JsonValue.Create(false),
        JsonArray { Count: > 0 } => new JsonArray(),
        _ => null,
    };

    private static RenderRequest Request(JsonObject values) => new(values.ToJsonString(), new RenderOptions(IsBare: true));

    private static JsonObject Changed(JsonObject values, string path, Action<JsonObject> change)
    {
        var copy = values.DeepClone().AsObject();
        var parent = path.Contains('.', StringComparison.Ordinal) ? copy.At(path[..path.LastIndexOf('.')])!.AsObject() : copy;
        change(parent);
        return copy;
    }

    private static string Last(string path) => path[(path.LastIndexOf('.') + 1)..];
}
