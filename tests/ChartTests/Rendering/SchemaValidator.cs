using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ChartTests.Rendering;

/// <summary>
/// Validates what the schemas of Kubernetes and of its custom resources use: references, types, required and unknown fields, items, maps,
/// enums, bounds, patterns, quantities and int-or-string. A field that no schema names is a mistake, as in the API server's strict mode.
/// </summary>
internal sealed partial class SchemaValidator(JsonObject definitions)
{
    /// <summary>Every mistake in <paramref name="node"/>, as a path and a sentence.</summary>
    public IEnumerable<string> Validate(JsonNode? node, JsonObject schema, string path)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            var name = reference["#/definitions/".Length..];
            return name.EndsWith("resource.Quantity", StringComparison.Ordinal) ? Quantity(node, path)
                : name.EndsWith("intstr.IntOrString", StringComparison.Ordinal) ? IntOrString(node, path)
                : Validate(node, definitions[name]!.AsObject(), path);
        }

        if ((bool?)schema["x-kubernetes-int-or-string"] == true || (string?)schema["format"] == "int-or-string")
        {
            return IntOrString(node, path).Concat(Pattern(node, schema, path));
        }

        return (string?)schema["type"] switch
        {
            "object" => Map(node, schema, path),
            "array" => List(node, schema, path),
            "string" => Scalar(node, schema, path, JsonValueKind.String).Concat(Pattern(node, schema, path)),
            "boolean" => Scalar(node, schema, path, JsonValueKind.True, JsonValueKind.False),
            "integer" => Scalar(node, schema, path, JsonValueKind.Number).Concat(Whole(node, path)).Concat(Bounds(node, schema, path)),
            "number" => Scalar(node, schema, path, JsonValueKind.Number).Concat(Bounds(node, schema, path)),
            null when schema["properties"] is not null => Map(node, schema, path),
            null => [],
            var other => throw new NotSupportedException($"The schema at {path} has the type {other}."),
        };
    }

    private IEnumerable<string> Map(JsonNode? node, JsonObject schema, string path)
    {
        if (node is not JsonObject map)
        {
            return [$"{path}: an object is expected, {Describe(node)} is there"];
        }

        var missing = (schema["required"] as JsonArray ?? [])
            .Select(name => (string)name!)
            .Where(name => map[name] is null)
            .Select(name => $"{path}.{name}: is required");
        var properties = schema["properties"] as JsonObject ?? [];
        return missing.Concat(map.SelectMany(pair => Member(pair.Key, pair.Value, properties, schema, $"{path}.{pair.Key}")));
    }

    private IEnumerable<string> Member(string name, JsonNode? value, JsonObject properties, JsonObject schema, string path)
    {
        if (properties[name] is JsonObject property)
        {
            return Validate(value, property, path);
        }

        return schema["additionalProperties"] switch
        {
            JsonObject others => Validate(value, others, path),
            JsonValue allowed when (bool)allowed => [],
            // A type without any field, such as an arbitrary JSON object, takes all.
            null when properties.Count == 0 && schema["x-kubernetes-group-version-kind"] is null => [],
            _ => [$"{path}: is unknown"],
        };
    }

    private IEnumerable<string> List(JsonNode? node, JsonObject schema, string path)
    {
        if (node is not JsonArray list)
        {
            return [$"{path}: a list is expected, {Describe(node)} is there"];
        }

        var count = ((int?)schema["minItems"] ?? 0) > list.Count || ((int?)schema["maxItems"] ?? int.MaxValue) < list.Count
            ? [$"{path}: {list.Count} items are there"]
            : Array.Empty<string>();
        return schema["items"] is JsonObject items
            ? count.Concat(list.SelectMany((item, index) => Validate(item, items, $"{path}[{index}]")))
            : count;
    }

    private static IEnumerable<string> Scalar(JsonNode? node, JsonObject schema, string path, params JsonValueKind[] kinds)
    {
        if (node is null || !kinds.Contains(node.GetValueKind()))
        {
            return [$"{path}: {schema["type"]} is expected, {Describe(node)} is there"];
        }

        return schema["enum"] is JsonArray allowed && !allowed.Any(value => JsonNode.DeepEquals(value, node))
            ? [$"{path}: {Describe(node)} is none of {allowed.ToJsonString()}"]
            : [];
    }

    private static IEnumerable<string> Pattern(JsonNode? node, JsonObject schema, string path)
    {
        if (node?.GetValueKind() != JsonValueKind.String)
        {
            return [];
        }

        var text = (string)node!;
        var length = ((int?)schema["minLength"] ?? 0) > text.Length || ((int?)schema["maxLength"] ?? int.MaxValue) < text.Length;
        return length || ((string?)schema["pattern"] is { } pattern && !Regex.IsMatch(text, pattern))
            ? [$"{path}: {text} has a form that is not allowed"]
            : [];
    }

    private static IEnumerable<string> Whole(JsonNode? node, string path) =>
        Number(node) is { } number && number % 1 != 0 ? [$"{path}: {node} is not whole"] : [];

    private static IEnumerable<string> Bounds(JsonNode? node, JsonObject schema, string path) =>
        Number(node) < ((double?)schema["minimum"] ?? double.MinValue) || Number(node) > ((double?)schema["maximum"] ?? double.MaxValue)
            ? [$"{path}: {node} is out of bounds"]
            : [];

    private static IEnumerable<string> IntOrString(JsonNode? node, string path) =>
        node?.GetValueKind() is JsonValueKind.Number or JsonValueKind.String ? [] : [$"{path}: a number or a string is expected, {Describe(node)} is there"];

    private static IEnumerable<string> Quantity(JsonNode? node, string path) =>
        node?.GetValueKind() is JsonValueKind.Number || (node?.GetValueKind() is JsonValueKind.String && QuantityForm().IsMatch((string)node!))
            ? []
            : [$"{path}: a quantity is expected, {Describe(node)} is there"];

    private static double? Number(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number ? double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture) : null;

    private static string Describe(JsonNode? node) => node?.ToJsonString() ?? "null";

    [GeneratedRegex(@"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$")]
    private static partial Regex QuantityForm();
}
