using System.Text.Json.Nodes;

namespace ChartTests.Rendering;

/// <summary>Lays values over values as helm does, so that many sets of them fit into one run of helm.</summary>
internal static class HelmValues
{
    /// <summary>Several files of values: the later one wins, maps are merged, null stays and removes later.</summary>
    public static JsonObject Merge(params IEnumerable<JsonObject> files)
    {
        var merged = new JsonObject();
        foreach (var file in files)
        {
            Lay(file, over: merged);
        }

        return merged;
    }

    /// <summary>What a chart sees: its defaults, with the values of the user over them; null removes a default.</summary>
    public static JsonObject OverDefaults(JsonObject values, JsonObject defaults)
    {
        var result = values.DeepClone().AsObject();
        foreach (var (key, fallback) in defaults)
        {
            if (!result.TryGetPropertyValue(key, out var value))
            {
                result[key] = fallback?.DeepClone();
            }
            else if (value is null)
            {
                result.Remove(key);
            }
            else if (value is JsonObject map && fallback is JsonObject below)
            {
                result[key] = OverDefaults(map, below);
            }
        }

        return result;
    }

    private static void Lay(JsonObject values, JsonObject over)
    {
        foreach (var (key, value) in values)
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
}
