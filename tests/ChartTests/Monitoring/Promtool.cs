using System.Text.Json.Nodes;
using ChartTests.Rendering;
using Medallion.Shell;

namespace ChartTests.Monitoring;

/// <summary>Prometheus' own judge of rules: it reads them as Prometheus does, and evaluates them on series that are made up.</summary>
internal static class Promtool
{
    /// <summary>What it says against rules; null when it has nothing to say.</summary>
    public static string? Check(JsonNode rules) => InFolder(folder =>
    {
        File.WriteAllText(Path.Combine(folder, "rules.yaml"), rules.ToJsonString());
        return Run(folder, "check", "rules", "--lint=all", "--lint-fatal", "rules.yaml");
    });

    /// <summary>Evaluates rules each minute on <paramref name="series"/>, and compares what an expression then gives; null when it is as expected.</summary>
    /// <param name="series">One a line: its name with labels, a blank, and its values a minute in the notation of promtool.</param>
    /// <param name="minute">When.</param>
    /// <param name="expression">What is asked.</param>
    /// <param name="expected">Its samples, as labels.</param>
    public static string? Test(JsonNode rules, string series, int minute, string expression, params string[] expected) => InFolder(folder =>
    {
        File.WriteAllText(Path.Combine(folder, "rules.yaml"), rules.ToJsonString());
        var test = new JsonObject
        {
            ["rule_files"] = new JsonArray("rules.yaml"),
            ["evaluation_interval"] = "1m",
            ["tests"] = new JsonArray(new JsonObject
            {
                ["interval"] = "1m",
                ["input_series"] = new JsonArray([.. series.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Series)]),
                ["promql_expr_test"] = new JsonArray(new JsonObject
                {
                    ["expr"] = expression,
                    ["eval_time"] = $"{minute}m",
                    ["exp_samples"] = new JsonArray([.. expected.Select(labels => new JsonObject { ["labels"] = labels, ["value"] = 1 })]),
                }),
            }),
        };
        File.WriteAllText(Path.Combine(folder, "test.yaml"), test.ToJsonString());
        return Run(folder, "test", "rules", "test.yaml");
    });

    private static JsonObject Series(string line)
    {
        var end = line.IndexOf("} ", StringComparison.Ordinal) + 1;
        return new JsonObject { ["series"] = line[..end], ["values"] = line[end..].Trim() };
    }

    private static string? InFolder(Func<string, string?> judge)
    {
        var folder = Directory.CreateTempSubdirectory("chart-tests-").FullName;
        try
        {
            return judge(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? Run(string folder, params string[] arguments)
    {
        using var command = Command.Run(Repository.Tool("promtool"), arguments, options => options.WorkingDirectory(folder));
        var output = command.StandardOutput.ReadToEndAsync();
        var error = command.StandardError.ReadToEndAsync();
        command.Wait();
        return command.Result.ExitCode == 0 ? null : $"{output.Result}{error.Result}";
    }
}
