using System.Globalization;
using System.Text.Json.Nodes;
using FluentAssertions;

namespace ChartTests.Rendering;

internal static class JsonExtensions
{
    /// <summary>What lies at a path such as <c>volumes[0].name</c>; null when nothing does.</summary>
    public static JsonNode? At(this JsonNode? node, string path)
    {
        foreach (var step in path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            node = step.StartsWith('[')
                ? (node as JsonArray)?.ElementAtOrDefault(int.Parse(step.Trim('[', ']'), CultureInfo.InvariantCulture))
                : (node as JsonObject)?[step];
        }

        return node;
    }

    /// <summary>Whether anything lies at a path of keys, null too.</summary>
    public static bool Has(this JsonObject map, string path)
    {
        var steps = path.Split('.');
        var parent = steps[..^1].Aggregate((JsonNode?)map, (node, step) => (node as JsonObject)?[step]);
        return (parent as JsonObject)?.ContainsKey(steps[^1]) == true;
    }

    /// <summary>Fails unless the node says the same as <paramref name="yaml"/>; the order of keys does not matter.</summary>
    public static void ShouldBe(this JsonNode? node, string yaml)
    {
        var expected = Yaml.Parse(yaml);

        JsonNode.DeepEquals(node, expected).Should().BeTrue(
            "{0} was expected, and {1} is there", expected?.ToJsonString() ?? "nothing", node?.ToJsonString() ?? "nothing");
    }

    /// <summary>Every node below and with this one, each with its path.</summary>
    public static IEnumerable<(string Path, JsonNode? Node)> Walk(this JsonNode? node, string path = "")
    {
        var below = node switch
        {
            JsonObject map => map.SelectMany(pair => pair.Value.Walk($"{path}.{pair.Key}")),
            JsonArray list => list.SelectMany((item, index) => item.Walk($"{path}[{index}]")),
            _ => [],
        };
        return below.Prepend((path, node));
    }
}
