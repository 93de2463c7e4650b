using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChartTests.Rendering;

namespace ChartTests.Beat;

/// <summary>What the chart's schema says about schedules, as helm itself reads it: one run for any number of them.</summary>
internal static partial class ScheduleSchema
{
    // No schedule, so that helm refuses the values and renders nothing, whatever it thinks of the others.
    private const string Canary = "canary";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The lines in which helm refuses each schedule; none when the schema takes it.</summary>
    public static IReadOnlyList<string[]> Refusals(IEnumerable<JsonObject> schedules)
    {
        var named = new JsonObject(schedules.Select((schedule, index) => KeyValuePair.Create($"s{index}", (JsonNode?)schedule.DeepClone())));
        var count = named.Count;
        named[Canary] = 5;
        var values = new JsonObject { ["beat"] = new JsonObject { ["schedules"] = named } };
        var refusal = HelmTemplate.Refusal(Repository.Chart, new(values.ToJsonString(Plain), new()))
            ?? throw new InvalidOperationException("Helm takes a schedule that is a number.");
        var lines = refusal.Split('\n').ToLookup(line => Subject().Match(line).Groups["name"].Value, StringComparer.Ordinal);
        return lines.Contains(Canary)
            ? [.. Enumerable.Range(0, count).Select(index => lines[$"s{index}"].ToArray())]
            : throw new InvalidOperationException($"Helm's message is another than that of the schema: {refusal[..Math.Min(500, refusal.Length)]}");
    }

    [GeneratedRegex(@"^- beat\.schedules\.(?<name>\w+)[.:]")]
    private static partial Regex Subject();
}
