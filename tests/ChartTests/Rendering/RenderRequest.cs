using System.Text.Json.Nodes;

namespace ChartTests.Rendering;

/// <summary>One set of values to render.</summary>
/// <param name="Values">Values of the test, as YAML.</param>
public sealed record RenderRequest(string Values, RenderOptions Options)
{
    /// <summary>Passwords, so that a render does not depend on chance. A case brings its own, or none on purpose.</summary>
    private const string Passwords = """
        redis: { password: redis-secret-value }
        postgresql: { password: postgresql-secret-value }
        """;

    /// <summary>The files of values, the first one undermost, as YAML.</summary>
    public IReadOnlyList<string> Files =>
    [
        Options.CiCase is { } file ? File.ReadAllText(CiCases.Path(file)) : Options.IsBare ? string.Empty : Passwords,
        Values,
    ];

    /// <summary>What the chart sees of the values.</summary>
    public JsonObject Seen(JsonObject defaults) =>
        HelmValues.OverDefaults(HelmValues.Merge(Options.CiCase is { } file ? CiCases.Values(file) : Read(Files[0]), Read(Values)), defaults);

    /// <summary>Values that a test wrote as JSON are long, and a reader of JSON is faster.</summary>
    private static JsonObject Read(string text) =>
        (text.StartsWith("{\"", StringComparison.Ordinal) ? JsonNode.Parse(text) : Yaml.Parse(text)) as JsonObject ?? [];
}
