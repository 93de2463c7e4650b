using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChartTests.Rendering;

namespace ChartTests.Generated;

/// <summary>
/// The chart's own schema, as far as a generator needs it: which keys there are, and whether a value may stand somewhere. Helm has the last word;
/// this one only keeps most of what is generated from being refused before any template sees it.
/// </summary>
internal sealed class ValuesSchema(JsonObject root)
{
    /// <summary>Every key that the schema names, below maps of other keys too: the path of each.</summary>
    public IReadOnlyList<string> Paths => [.. Below(root, string.Empty).Distinct()];

    public static ValuesSchema Read() => new(JsonNode.Parse(Repository.ReadChartFile("values.schema.json"))!.AsObject());

    /// <summary>What the schema says of a path.</summary>
    public JsonObject At(string path) => path.Split('.').Aggregate(root, (schema, key) => Flat(schema)["properties"]![key]!.AsObject());

    /// <summary>A schema with its references followed and all parts of its allOf in one.</summary>
    public JsonObject Flat(JsonObject schema)
    {
        var flat = new JsonObject();
        foreach (var (key, value) in schema)
        {
            if (key == "$ref")
            {
                Lay(Flat(root["definitions"]![((string)value!)["#/definitions/".Length..]]!.AsObject()), flat);
            }
            else if (key == "allOf")
            {
                value!.AsArray().ToList().ForEach(part => Lay(Flat(part!.AsObject()), flat));
            }
            else
            {
                flat[key] = value?.DeepClone();
            }
        }

        return flat;
    }

    /// <summary>Whether a value is one that the schema takes.</summary>
    public bool Takes(JsonObject schema, JsonNode? value)
    {
        if ((string?)schema["$ref"] is { } reference && !Takes(root["definitions"]![reference["#/definitions/".Length..]]!.AsObject(), value))
        {
            return false;
        }

        return Types(schema).Any(type => Is(value, type))
            && (schema["enum"] is not JsonArray allowed || allowed.Any(item => JsonNode.DeepEquals(item, value)))
            && (!schema.ContainsKey("const") || JsonNode.DeepEquals(schema["const"], value))
            && Parts(schema, "allOf").All(part => Takes(part, value))
            && (schema["anyOf"] is null || Parts(schema, "anyOf").Any(part => Takes(part, value)))
            && (schema["oneOf"] is null || Parts(schema, "oneOf").Count(part => Takes(part, value)) == 1)
            && Condition(schema, value)
            && value switch
            {
                JsonObject map => TakesMap(schema, map),
                JsonArray list => TakesList(schema, list),
                JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => TakesText(schema, (string)scalar!),
                JsonValue scalar when scalar.GetValueKind() == JsonValueKind.Number => TakesNumber(schema, Number(scalar)),
                _ => true,
            };
    }

    /// <summary>The types that a schema allows; object where it has keys and names no type.</summary>
    public static IReadOnlyList<string> Types(JsonObject schema) => schema["type"] switch
    {
        JsonArray several => [.. several.Select(type => (string)type!)],
        JsonValue one => [(string)one!],
        _ => ["object", "array", "string", "number", "boolean", "null"],
    };

    private static bool Is(JsonNode? value, string type) => value switch
    {
        null => type == "null",
        JsonObject => type == "object",
        JsonArray => type == "array",
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => type == "string",
            JsonValueKind.Number => type == "number" || (type == "integer" && Number(value) % 1 == 0),
            _ => type == "boolean",
        },
    };

    private bool Condition(JsonObject schema, JsonNode? value) =>
        schema["if"] is not JsonObject test
        || schema[Takes(test, value) ? "then" : "else"] is not JsonObject then
        || Takes(then, value);

    private bool TakesMap(JsonObject schema, JsonObject map)
    {
        var properties = schema["properties"] as JsonObject ?? [];
        var patterns = schema["patternProperties"] as JsonObject ?? [];
        return (schema["required"] as JsonArray ?? []).All(key => map.ContainsKey((string)key!))
            && map.Count >= ((int?)schema["minProperties"] ?? 0)
            && map.Count <= ((int?)schema["maxProperties"] ?? int.MaxValue)
            && (schema["dependencies"] as JsonObject ?? []).All(pair => !map.ContainsKey(pair.Key) || Depends(pair.Value!, map))
            && map.All(pair =>
                (schema["propertyNames"] is not JsonObject names || Takes(names, JsonValue.Create(pair.Key)))
                && (properties[pair.Key] is JsonObject property ? Takes(property, pair.Value)
                    : patterns.FirstOrDefault(pattern => Regex.IsMatch(pair.Key, pattern.Key)).Value is JsonObject matched ? Takes(matched, pair.Value)
                    : schema["additionalProperties"] is not { } others || (others is JsonObject rest ? Takes(rest, pair.Value) : (bool)others)));
    }

    private bool Depends(JsonNode wanted, JsonObject map) => wanted is JsonArray keys
        ? keys.All(key => map.ContainsKey((string)key!))
        : Takes(wanted.AsObject(), map);

    private bool TakesList(JsonObject schema, JsonArray list) =>
        list.Count >= ((int?)schema["minItems"] ?? 0)
        && list.Count <= ((int?)schema["maxItems"] ?? int.MaxValue)
        && ((bool?)schema["uniqueItems"] != true || list.Select(item => item?.ToJsonString()).Distinct().Count() == list.Count)
        && (schema["items"] is not JsonObject items || list.All(item => Takes(items, item)));

    private static bool TakesText(JsonObject schema, string text) =>
        text.Length >= ((int?)schema["minLength"] ?? 0)
        && text.Length <= ((int?)schema["maxLength"] ?? int.MaxValue)
        && ((string?)schema["pattern"] is not { } pattern || Regex.IsMatch(text, pattern));

    private static bool TakesNumber(JsonObject schema, double number) =>
        number >= ((double?)schema["minimum"] ?? double.MinValue) && number <= ((double?)schema["maximum"] ?? double.MaxValue);

    private static double Number(JsonNode node) => double.Parse(node.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<JsonObject> Parts(JsonObject schema, string key) => (schema[key] as JsonArray ?? []).Select(part => part!.AsObject());

    private static void Lay(JsonObject part, JsonObject over)
    {
        foreach (var (key, value) in part.ToList())
        {
            if (value is JsonObject map && over[key] is JsonObject existing)
            {
                Lay(map, existing);
            }
            else
            {
                over[key] = value?.DeepClone();
            }
        }
    }

    private IEnumerable<string> Below(JsonObject schema, string path)
    {
        foreach (var (key, value) in Flat(schema)["properties"] as JsonObject ?? [])
        {
            var below = path.Length == 0 ? key : $"{path}.{key}";
            yield return below;
            foreach (var deeper in Below(value!.AsObject(), below))
            {
                yield return deeper;
            }
        }
    }
}
