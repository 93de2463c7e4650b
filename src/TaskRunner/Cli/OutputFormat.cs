using System.CommandLine;

namespace TaskRunner.Cli;

/// <summary><c>--output table|json</c>: tables for people, JSON for programs.</summary>
internal static class OutputFormat
{
    public static Option<string> Create()
    {
        var option = new Option<string>("--output", "-o") { Description = "table for people, json for programs", DefaultValueFactory = _ => "table" };
        option.AcceptOnlyFromAmong("table", "json");
        return option;
    }

    public static bool IsJson(this ParseResult parsed, Option<string> option) => parsed.GetValue(option) == "json";
}
