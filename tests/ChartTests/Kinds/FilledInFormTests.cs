using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChartTests.Generated;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Kinds;

/// <summary>What the schema wants of a text, files/forms.yaml wants of what templates make of it.</summary>
public sealed class FilledInFormTests
{
    private const string Braces = "|[{][{].*[}][}]";

    /// <summary>The start of a path, which forms leave out.</summary>
    private const string OfAPod = "^((worker|workers[.][^.]+|beat|migrate|test|redis|postgresql)[.])?";

    /// <summary>URLs may hold a password, so the chart judges them without telling what they are.</summary>
    private static readonly string[] Elsewhere = ["broker.url", "database.url", "migrate.database.url"];

    private static readonly IReadOnlyList<string> EveryText = [.. OddValues.Texts, .. OddValues.Plausible];

    private static readonly JsonObject Root = JsonNode.Parse(Repository.ReadChartFile("values.schema.json"))!.AsObject();

    private static readonly ValuesSchema Schema = ValuesSchema.Read();

    private static readonly IReadOnlyList<JsonNode> Forms =
        [.. Yaml.Parse(Repository.ReadChartFile("files/forms.yaml"))!.AsArray().Select(form => form!)];

    private static readonly IReadOnlyList<(string Path, JsonObject Wanted)> Texts = [.. Below(new JsonObject { ["$ref"] = "#" }, "")];

    [Fact]
    public void There_are_such_texts() => Texts.Should().HaveCountGreaterThan(200);

    [Fact]
    public void Every_text_that_has_a_form_or_braces_has_that_form_once_it_is_filled_in()
    {
        var looser = from text in Texts
                     let forms = Forms.Where(form => Regex.IsMatch(text.Path, $"{OfAPod}({form["at"]})$")).ToList()
                     from sample in EveryText
                     where !sample.Contains("{{", StringComparison.Ordinal)
                     where !Schema.Takes(text.Wanted, JsonValue.Create(sample))
                     where forms.TrueForAll(form => Fits(form, sample))
                     select text.Path;

        looser.Distinct().Should().BeEmpty();
    }

    [Fact]
    public void Every_form_is_of_a_text_that_there_is() =>
        Forms.Where(form => !Texts.Any(text => Regex.IsMatch(text.Path, $"{OfAPod}({form["at"]})$"))).Should().BeEmpty();

    private static bool Fits(JsonNode form, string text) =>
        Regex.IsMatch(text, (string)form["as"]!) && text.Length <= ((long?)form["most"] ?? int.MaxValue);

    /// <summary>Texts below a part of the schema that have a form, or braces instead of it; keys of maps are texts at &lt;key&gt;.</summary>
    private static IEnumerable<(string Path, JsonObject Wanted)> Below(JsonObject wanted, string path)
    {
        var flat = (string?)wanted["$ref"] == "#" ? Root : Schema.Flat(wanted);
        if (((string?)flat["pattern"])?.EndsWith(Braces, StringComparison.Ordinal) == true && !Elsewhere.Contains(path))
        {
            yield return (path, flat);
        }

        var parts = (flat["properties"] as JsonObject ?? []).Select(pair => (At: $"{path}.{pair.Key}", Part: pair.Value))
            .Append((At: $"{path}.<key>", Part: flat["propertyNames"]))
            .Append((At: $"{path}.a", Part: flat["additionalProperties"]))
            .Append((At: path, Part: flat["items"]));
        foreach (var (at, part) in parts)
        {
            var isEndless = (string?)(part as JsonObject)?["$ref"] == "#/definitions/exact";
            foreach (var below in part is JsonObject schema && !isEndless ? Below(schema, at.TrimStart('.')) : [])
            {
                yield return below;
            }
        }
    }
}
