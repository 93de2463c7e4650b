using System.Text.Json.Nodes;

namespace ChartTests.Rendering;

/// <summary>
/// A copy of the chart with one more template, which renders all others once for each batched that it is given. Starting helm
/// and reading the chart take most of the time of a render; a batch takes it once.
/// </summary>
internal static class BatchChart
{
    public const string Template = "templates/batch.yaml";

    /// <summary>Stands before what the templates refuse values with. They go on after it, so that one set of values does not end the batch.</summary>
    public const string Refused = "refused by the templates: ";

    private const string Content = """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: batch }
        data:
        {{- range $id, $case := .Values.cases }}
        {{- $rendered := dict }}
        {{- range $file := $.Values.files }}
        {{- $name := print $.Template.BasePath "/" $file }}
        {{- $template := dict "Name" $name "BasePath" $.Template.BasePath }}
        {{- $_ := set $rendered $file (include $name (dict "Values" $case.values "Release" $case.release "Chart" $.Chart "Files" $.Files "Capabilities" $.Capabilities "Template" $template)) }}
        {{- end }}
          {{ $id }}: {{ $rendered | toJson | b64enc | quote }}
        {{- end }}
        """;

    /// <summary>Makes the copy; its path.</summary>
    public static string Make(string chart) => ChartCopy.Make(chart, folder =>
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "templates"), "*.tpl", SearchOption.AllDirectories))
        {
            File.WriteAllText(file, File.ReadAllText(file).Replace("| fail }}", $"| printf \"{Refused}%s\\n\" }}}}", StringComparison.Ordinal));
        }

        File.WriteAllText(Path.Combine(folder, Template), Content);
        var schema = Path.Combine(folder, "values.schema.json");
        File.WriteAllText(schema, Schema(JsonNode.Parse(File.ReadAllText(schema))!.AsObject()).ToJsonString());
    });

    /// <summary>Files of a chart that render something, as paths below its templates.</summary>
    public static IReadOnlyList<string> Files(string chart)
    {
        var templates = Path.Combine(chart, "templates");
        return
        [
            .. Directory.EnumerateFiles(templates, "*.*", SearchOption.AllDirectories)
                .Where(file => !Path.GetFileName(file).StartsWith('_'))
                .Select(file => Path.GetRelativePath(templates, file))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The chart's own schema, for each of the sets.</summary>
    private static JsonObject Schema(JsonObject own)
    {
        var definitions = own["definitions"]?.DeepClone().AsObject() ?? [];
        own.Remove("definitions");
        own.Remove("$schema");
        definitions["batched"] = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["values"] = own.DeepClone() },
        };
        return new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["definitions"] = definitions,
            ["properties"] = new JsonObject
            {
                ["cases"] = new JsonObject { ["additionalProperties"] = new JsonObject { ["$ref"] = "#/definitions/batched" } },
            },
        };
    }
}
