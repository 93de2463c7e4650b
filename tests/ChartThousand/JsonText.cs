using System.Text.Json.Nodes;
using ChartTests.Rendering;

namespace ChartThousand;

internal static class JsonText
{
    /// <summary>The text at a path of an answer, or the whole answer where there is none.</summary>
    public static string Text(this JsonNode? node, string path) => node.At(path)?.ToString() ?? node?.ToJsonString() ?? "nothing";
}
