using System.Text.Json.Nodes;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Report;

/// <summary>The run for programs: every measurement, not only medians.</summary>
internal static class JsonReport
{
    public static string Write(Machine machine, Measurements found, string mode, int rounds)
    {
        var systems = new JsonObject();
        foreach (var system in found.Systems)
        {
            var cells = new JsonObject();
            foreach (var what in What.All)
            {
                if (found.Find(system, what) is { } sample)
                {
                    cells[what] = new JsonObject { ["median"] = sample.Median, ["least"] = sample.Least, ["most"] = sample.Most, ["values"] = new JsonArray([.. sample.Values.Select(v => (JsonNode)v)]) };
                }
            }

            systems[system] = cells;
        }

        var report = new JsonObject
        {
            ["mode"] = mode,
            ["at"] = TimeProvider.System.GetUtcNow().ToString("O"),
            ["rounds"] = rounds,
            ["machine"] = new JsonObject
            {
                ["processor"] = machine.Processor,
                ["cores"] = machine.Cores,
                ["memoryGib"] = machine.MemoryGib,
                ["system"] = machine.System,
                ["kernel"] = machine.Kernel,
                ["runtime"] = machine.Runtime,
                ["redis"] = machine.Redis,
                ["loadAtStart"] = machine.LoadAtStart,
            },
            ["systems"] = systems,
            ["notes"] = new JsonArray([.. found.Notes.Select(n => (JsonNode)n)]),
        };
        return report.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }
}
