using System.Globalization;
using System.Text.Json.Nodes;

namespace ClusterTests.Cluster;

internal static class JsonExtensions
{
    /// <summary>What lies at a path such as <c>spec.containers[0].name</c>; null when nothing does.</summary>
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

    /// <summary>The text at a path; empty when nothing is there.</summary>
    public static string Text(this JsonNode? node, string path) => node.At(path)?.ToString() ?? "";

    /// <summary>The number at a path; 0 when nothing is there, as the API server leaves zeros out.</summary>
    public static int Number(this JsonNode? node, string path) => node.At(path)?.GetValue<int>() ?? 0;
}
