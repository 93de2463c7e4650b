using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ChartTests.Rendering;

/// <summary>
/// Reads YAML as the API server sees it. A plain scalar that YAML 1.1 and 1.2 read differently (yes, 0440) is refused, a duplicate key too.
/// </summary>
internal static partial class Yaml
{
    /// <summary>The only document of <paramref name="text"/>; null when it is empty.</summary>
    public static JsonNode? Parse(string text) => ParseAll(text).SingleOrDefault();

    /// <summary>All documents of <paramref name="text"/> that are not empty.</summary>
    /// <exception cref="FormatException">A scalar means different things in YAML 1.1 and 1.2.</exception>
    public static IEnumerable<JsonNode> ParseAll(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => Convert(document.RootNode)).OfType<JsonNode>()];
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Convert(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: var value } => Plain(value ?? string.Empty),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new FormatException($"An alias is not expected here: {node}"),
    };

    private static JsonValue? Plain(string value) => value switch
    {
        "" or "~" or "null" => null,
        "true" => JsonValue.Create(true),
        "false" => JsonValue.Create(false),
        _ when Ambiguous().IsMatch(value) => throw new FormatException($"YAML 1.1 and 1.2 read {value} differently: quote it, or write it otherwise."),
        _ when Integer().IsMatch(value) => JsonValue.Create(long.Parse(value, CultureInfo.InvariantCulture)),
        _ when Number().IsMatch(value) => JsonValue.Create(double.Parse(value, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(value),
    };

    [GeneratedRegex("^(y|n|yes|no|on|off|0[0-9]+|[0-9]+(:[0-9]{2})+)$", RegexOptions.IgnoreCase)]
    private static partial Regex Ambiguous();

    [GeneratedRegex("^-?[0-9]+$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$")]
    private static partial Regex Number();
}
