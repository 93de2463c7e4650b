namespace TaskRunner.Cli;

/// <summary><c>--output table|json</c>: tables for people, JSON for programs.</summary>
internal static class OutputFormat
{
    public static ChoiceOption Create() => new("--output", "table for people, json for programs (default: table)", ["table", "json"], "-o");

    public static bool IsJson(this System.CommandLine.ParseResult parsed, ChoiceOption option) => option.ValueIn(parsed) == "json";
}
