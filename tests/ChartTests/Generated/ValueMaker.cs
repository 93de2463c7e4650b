using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace ChartTests.Generated;

/// <summary>Makes values that a schema takes, mostly from their odd ends.</summary>
[SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "A test that can be repeated.")]
internal sealed class ValueMaker(ValuesSchema schema, Random random)
{
    private const int Tries = 12;

    private static readonly string[] EveryText = [.. OddValues.Texts, .. OddValues.Plausible];

    /// <summary>The text that stands wherever it may; another one where it may not.</summary>
    public string? Only { get; init; }

    /// <summary>A value for the key that <paramref name="key"/> names.</summary>
    /// <returns>Whether one was found.</returns>
    public bool TryMake(JsonObject wanted, string key, out JsonNode? value)
    {
        for (var i = 0; i < Tries; i++)
        {
            value = Draft(wanted, key, depth: 0);
            if (schema.Takes(wanted, value))
            {
                return true;
            }
        }

        value = null;
        return false;
    }

    private JsonNode? Draft(JsonObject wanted, string key, int depth)
    {
        if ((string?)wanted["$ref"] is "#/definitions/volume" or "#/definitions/container" || (key is "extraObjects" or "rawObjects" && depth > 0))
        {
            return OddValues.Whole(key);
        }

        var flat = schema.Flat(wanted);
        if (flat["anyOf"] is JsonArray branches)
        {
            return Draft(Any(branches)!.AsObject(), key, depth);
        }

        if (flat["enum"] is JsonArray allowed)
        {
            return Any(allowed)?.DeepClone();
        }

        return flat.ContainsKey("const") ? flat["const"]?.DeepClone() : Any(ValuesSchema.Types(flat)) switch
        {
            "object" => Map(flat, key, depth),
            "array" => List(flat, key, depth),
            "string" => JsonValue.Create(Text(flat)),
            "boolean" => JsonValue.Create(random.Next(2) == 0),
            "null" => null,
            _ => JsonValue.Create(Any(Fitting(flat, OddValues.Numbers, number => JsonValue.Create(number)))),
        };
    }

    private JsonNode Map(JsonObject flat, string key, int depth)
    {
        if (flat["properties"] is null && flat["additionalProperties"] is not JsonObject && flat["patternProperties"] is null)
        {
            return OddValues.Whole(key);
        }

        var map = new JsonObject();
        var required = (flat["required"] as JsonArray ?? []).Select(name => (string)name!).ToHashSet();
        foreach (var (name, property) in flat["properties"] as JsonObject ?? [])
        {
            if (required.Contains(name) || Only is not null || random.Next(2 + (depth * 2)) == 0)
            {
                if (TryDraft(property!.AsObject(), name, depth + 1, out var value))
                {
                    map[name] = value;
                }
            }
        }

        var others = flat["additionalProperties"] as JsonObject ?? (flat["patternProperties"] as JsonObject)?.First().Value as JsonObject;
        for (var i = Only is null ? random.Next(3) : 1; others is not null && i > 0; i--)
        {
            var name = Any(random.Next(8) == 0 ? OddValues.OddKeys : OddValues.Keys)!;
            if (TryDraft(others, name, depth + 1, out var value))
            {
                map[name] = value;
            }
        }

        Fit(flat, map, required);
        return map;
    }

    /// <summary>Takes out keys that exclude one another, the last ones first.</summary>
    private void Fit(JsonObject flat, JsonObject map, HashSet<string> required)
    {
        while (!schema.Takes(flat, map))
        {
            var optional = map.Select(pair => pair.Key).Where(name => !required.Contains(name)).Reverse().ToList();
            if (optional.Count == 0)
            {
                return;
            }

            map.Remove(optional.Find(name => schema.Takes(flat, Without(map, name))) ?? optional[0]);
        }
    }

    private static JsonObject Without(JsonObject map, string name)
    {
        var rest = map.DeepClone().AsObject();
        rest.Remove(name);
        return rest;
    }

    private JsonArray List(JsonObject flat, string key, int depth)
    {
        var list = new JsonArray();
        for (var i = Math.Max((int?)flat["minItems"] ?? 0, Only is null ? random.Next(3) : 1); i > 0; i--)
        {
            if (flat["items"] is JsonObject items && TryDraft(items, key, depth + 1, out var value))
            {
                list.Add(value);
            }
        }

        return list;
    }

    private bool TryDraft(JsonObject wanted, string key, int depth, out JsonNode? value)
    {
        for (var i = 0; i < Tries; i++)
        {
            value = Draft(wanted, key, depth);
            if (schema.Takes(wanted, value))
            {
                return true;
            }
        }

        value = null;
        return false;
    }

    private string Text(JsonObject flat)
    {
        if (Only is not null && schema.Takes(flat, JsonValue.Create(Only)))
        {
            return Only;
        }

        var all = random.Next(3) == 0 ? OddValues.Plausible : OddValues.Texts;
        var fitting = Fitting(flat, all, text => JsonValue.Create(text));
        return Any(fitting.Count > 0 ? fitting : Fitting(flat, EveryText, text => JsonValue.Create(text))) ?? "a";
    }

    private List<T> Fitting<T>(JsonObject flat, IReadOnlyList<T> all, Func<T, JsonNode?> toNode) =>
        [.. all.Where(item => schema.Takes(flat, toNode(item)))];

    private T? Any<T>(IReadOnlyList<T> items) => items.Count == 0 ? default : items[random.Next(items.Count)];

    private JsonNode? Any(JsonArray items) => items[random.Next(items.Count)];
}
