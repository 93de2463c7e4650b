using System.Text.Json.Nodes;
using TaskRunner.Beat;
using TaskRunner.Broker;
using YamlDotNet.Serialization;

namespace TaskRunner.Tests.Beat.Erp;

/// <summary>The values of examples/erp, read as the chart and the program read them.</summary>
internal sealed record ErpExample(IReadOnlyList<ScheduleDeclaration> Schedules, TaskRoutes Routes)
{
    public static ErpExample Read()
    {
        var yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize(File.ReadAllText(Path.Combine(Repository(), "examples", "erp", "values.yaml")));
        var values = JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(yaml))!;
        var file = new JsonObject { ["schedules"] = values["beat"]!["schedules"]!.DeepClone() };
        var routes = values["routes"]!.AsArray().Select(route => $"{route!["tasks"]}={route["queue"]}:{route["priority"]}");
        return new ErpExample(ScheduleFile.Parse(file.ToJsonString()), TaskRoutes.Parse(string.Join(',', routes)));
    }

    /// <summary>The lines of a fixture, cut at their bars.</summary>
    public static IEnumerable<string[]> Facts(string file) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Beat", "Erp", file)).Where(line => !line.StartsWith('#')).Select(line => line.Split('|', StringSplitOptions.TrimEntries));

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "TaskRunner.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}
