using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ChartTests.Rendering;

/// <summary>Renders many sets of values with one run of helm.</summary>
/// <param name="chart">Folder of the chart.</param>
/// <param name="helm">Another helm than <see cref="HelmCli.ProgramForMany"/>.</param>
internal sealed partial class BatchRenderer(string chart, string? helm = null)
{
    private readonly string copy = BatchChart.Make(chart);
    private readonly IReadOnlyList<string> files = BatchChart.Files(chart);
    private readonly JsonObject defaults = Yaml.Parse(File.ReadAllText(Path.Combine(chart, "values.yaml")))!.AsObject();

    /// <summary>What each request gives, in the same order. All must share their options' environment.</summary>
    /// <exception cref="HelmException">Helm refuses one of them, or the chart; which one is not told.</exception>
    public IReadOnlyList<RenderedFiles> Render(IReadOnlyList<RenderRequest> requests)
    {
        var cases = requests.Select((request, index) => KeyValuePair.Create(Id(index), (JsonNode?)new JsonObject
        {
            ["values"] = request.Seen(defaults),
            ["release"] = Release(request.Options),
        }));
        var values = new JsonObject
        {
            ["files"] = new JsonArray([.. files.Select(file => JsonValue.Create(file))]),
            ["cases"] = new JsonObject(cases),
        };
        var text = Run(values.ToJsonString(), requests[0].Options.Environment);
        var data = Rendered().Matches(text).ToDictionary(match => match.Groups["id"].Value, match => match.Groups["base64"].Value);
        return [.. requests.Select((_, index) => Decode(data[Id(index)]))];
    }

    /// <summary>The requests of a batch that a message of helm names: as cases.case-7.key, or as /cases/case-7/key.</summary>
    public static IReadOnlySet<int> Named(string message) =>
        NamedCase().Matches(message).Select(match => int.Parse(match.Groups["index"].Value, CultureInfo.InvariantCulture)).ToHashSet();

    /// <summary>What a message of helm says of one request of a batch, as helm says it of values that are alone.</summary>
    public static string About(int index, string message)
    {
        var of = new Regex($@"cases[./]{Id(index)}[./]values[./]?");
        var lines = message.Split('\n').Where(line => !NamedCase().IsMatch(line) || of.IsMatch(line));
        return string.Join('\n', lines.Select(line => of.Replace(line, string.Empty)));
    }

    public void Delete() => Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);

    /// <summary>Helm quotes the whole text that it was to render, and since 3.12 says in other words that it cannot parse it.</summary>
    private string Run(string values, IReadOnlyList<string> environment)
    {
        try
        {
            var kubernetes = environment.Contains("--kube-version") ? [] : new[] { "--kube-version", SupposedKubernetes.Version };
            return HelmCli.RunProgram(
                helm ?? HelmCli.ProgramForMany, values, [], ["template", "batch", copy, "--values", "-", .. environment, .. kubernetes]);
        }
        catch (HelmException e)
        {
            var output = Quoted().Replace(e.Output, "the batch").Replace("cannot parse template", "parse error in", StringComparison.Ordinal);
            throw new HelmException("helm template", 1, output);
        }
    }

    private static string Id(int index) => $"case-{index}";

    private static RenderedFiles Decode(string base64) =>
        new(JsonSerializer.Deserialize<Dictionary<string, string>>(Convert.FromBase64String(base64))!);

    [GeneratedRegex("^  (?<id>case-[0-9]+): \"(?<base64>[^\"]*)\"$", RegexOptions.Multiline)]
    private static partial Regex Rendered();

    [GeneratedRegex("""
        "(?:[^"\\]|\\.){2000,}"
        """)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^ *- (at ')?/?cases[./]case-(?<index>[0-9]+)[./]", RegexOptions.Multiline)]
    private static partial Regex NamedCase();

    private static JsonObject Release(RenderOptions options) => new()
    {
        ["Name"] = options.Release,
        ["Namespace"] = options.Namespace,
        ["IsUpgrade"] = options.IsUpgrade,
        ["IsInstall"] = !options.IsUpgrade,
        ["Revision"] = 1,
        ["Service"] = "Helm",
    };
}
