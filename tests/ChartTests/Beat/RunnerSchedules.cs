using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChartTests.Rendering;

namespace ChartTests.Beat;

/// <summary>Schedules from the texts in the runner's own tests: each text in the place of each kind of value, and every entry of a schedules file.</summary>
internal static partial class RunnerSchedules
{
    private static readonly string[] Files = ["Cron*Tests.cs", "IntervalExpressionTests.cs", "Schedule*Tests.cs"];

    public static IEnumerable<JsonObject> All()
    {
        // No values file holds a NUL character or half of a surrogate pair.
        var folder = Path.Combine(Repository.Root, "tests", "TaskRunner.Tests", "Beat");
        var texts = Files.SelectMany(files => Directory.EnumerateFiles(folder, files))
            .SelectMany(file => Texts(File.ReadAllText(file)))
            .Where(text => !Unwritable().IsMatch(text))
            .Distinct()
            .ToList();
        return texts.SelectMany(Places).Concat(texts.SelectMany(Entries));
    }

    private static IEnumerable<JsonObject> Places(string text) =>
    [
        new() { ["task"] = "t", ["cron"] = text },
        new() { ["task"] = "t", ["every"] = text },
        new() { ["task"] = "t", ["once"] = text },
        new() { ["task"] = "t", ["cron"] = "@daily", ["timezone"] = text },
    ];

    private static IEnumerable<JsonObject> Entries(string text)
    {
        if (Parse(text) is not JsonObject entry)
        {
            return [];
        }

        return entry["schedules"] is JsonObject all ? all.Select(pair => pair.Value).OfType<JsonObject>() : [entry];
    }

    /// <summary>An object without keys that stand there twice, which no values file has either; null for all else.</summary>
    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: new() { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Texts(string source) => Literal().Matches(source)
        .Select(match => match.Groups["raw"].Success ? match.Groups["raw"].Value : Unescaped(match.Groups["text"].Value))
        .Where(text => text.Length <= 1000);

    private static string Unescaped(string text) => Escape().Replace(text, match => match.Value switch
    {
        "\\n" => "\n",
        "\\t" => "\t",
        _ => match.Value[1..],
    });

    [GeneratedRegex("\"\"\"(?<raw>.*?)\"\"\"|\"(?<text>([^\"\\\\\n]|\\\\.)*)\"", RegexOptions.Singleline)]
    private static partial Regex Literal();

    [GeneratedRegex(@"\\u(0000|[dD][89a-fA-F])")]
    private static partial Regex Unwritable();

    [GeneratedRegex(@"\\[nt""\\]")]
    private static partial Regex Escape();
}
