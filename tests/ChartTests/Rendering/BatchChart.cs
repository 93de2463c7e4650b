using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ChartTests.Rendering;

/// <summary>
/// A copy of the chart with one template, which renders those of the chart once for each set of values that it is given: a batch starts
/// helm and reads the chart once. The chart's templates are a text in it, because helm 3.10 parses all template files for each call of tpl.
/// </summary>
internal static partial class BatchChart
{
    /// <summary>What comes before the refusal of the templates. They go on after it, so that one set of values does not end the batch.</summary>
    public const string Refused = "refused by the templates: ";

    private const string Definitions = "batch/definitions.tpl";
    private const string All = "batch/all.tpl";

    private const string Cases = """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: batch }
        data:
        {{- range $id, $case := .Values.cases }}
        {{- $rendered := dict }}
        {{- range $file := $.Values.files }}
        {{- $name := print $.Template.BasePath "/" $file }}
        {{- $template := dict "Name" $name "BasePath" $.Template.BasePath }}
        {{- $root := dict "Values" $case.values "Release" $case.release "Template" $template }}
        {{- range $builtin := list "Chart" "Files" "Capabilities" }}{{ $_ := set $root $builtin (get $ $builtin) }}{{ end }}
        {{- $_ := set $rendered $file (include "batch.file" (list $name $root)) }}
        {{- end }}
          {{ $id }}: {{ $rendered | toJson | b64enc | quote }}
        {{- end }}
        """;

    /// <summary>
    /// By (list text root), what tpl gives; by (list name root), what a file renders, once for each set of values. A text that includes
    /// something is followed by all definitions of the chart; what is rendered after the text is cut off.
    /// </summary>
    private const string Own = $$$"""
        {{ define "batch.tpl" }}
        {{- $mark := "\x01" }}
        {{- $definitions := regexMatch "include|template|tpl" (first .) | ternary ((last .).Files.Get "{{{Definitions}}}") "" }}
        {{- tpl (print (first .) $mark $definitions) (last .) | splitList $mark | first }}
        {{- end }}
        {{ define "batch.file" }}
        {{- $remembered := print "rendered " (first .) }}
        {{- if not (hasKey (last .).Values $remembered) }}{{ $_ := set (last .).Values $remembered (include (first .) (last .)) }}{{ end }}
        {{- get (last .).Values $remembered }}
        {{- end }}
        """;

    /// <summary>Makes the copy; its path.</summary>
    public static string Make(string chart) => ChartCopy.Make(chart, folder =>
    {
        var templates = Path.Combine(folder, "templates");
        var name = Yaml.Parse(File.ReadAllText(Path.Combine(folder, "Chart.yaml")))!["name"];
        var partials = Directory.EnumerateFiles(templates, "*.tpl", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        var library = Adapted(string.Concat(partials.Select(File.ReadAllText)));
        var files = string.Concat(Files(chart)
            .Select(file => TemplateText.Define($"{name}/templates/{file}", Adapted(File.ReadAllText(Path.Combine(templates, file))))));
        Directory.Delete(templates, recursive: true);
        Write(folder, Definitions, Own + library);
        Write(folder, All, Own + library + files + Cases);
        Write(folder, "templates/batch.yaml", $"{{{{ tpl (.Files.Get \"{All}\") . }}}}");
        var schema = File.ReadAllText(Path.Combine(folder, "values.schema.json"));
        Write(folder, "values.schema.json", Schema(JsonNode.Parse(schema)!.AsObject()).ToJsonString());
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

    private static void Write(string folder, string file, string text)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static string Adapted(string text)
    {
        text = text.Replace("| fail }}", $"| printf \"{Refused}%s\\n\" }}}}", StringComparison.Ordinal);
        text = Tpl().Replace(text, "include \"batch.tpl\" (list ${text} ${root})");
        return FileIncluded().Replace(text, "include \"batch.file\" (list (print ${name}) ${root})");
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

    [GeneratedRegex(@"\btpl (?<text>[$.][\w.]*) (?<root>[$.][\w.]*)")]
    private static partial Regex Tpl();

    [GeneratedRegex(@"\binclude \(print (?<name>[^()]*BasePath[^()]*)\) (?<root>[$.][\w.]*)")]
    private static partial Regex FileIncluded();
}
