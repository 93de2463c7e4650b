using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChartTests.Rendering;
using FluentAssertions;
using TaskRunner.Configuration;
using Xunit;

namespace ChartTests.Config;

/// <summary>What the program reads and what the chart sets are the same: read from the program's own list.</summary>
public sealed partial class RunnerSettingsTests
{
    /// <summary>Variables that the pods of all cases see.</summary>
    private readonly Lazy<HashSet<string>> set = new(() => [.. CiCases.Names.SelectMany(CiCases.Render).SelectMany(Variables)]);

    public static TheoryData<string> All => [.. Settings.All.Select(setting => setting.Variable)];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_setting_of_the_program_has_a_value_or_the_readme_names_it_for_extraEnv(string variable)
    {
        var hasValue = set.Value.Contains(variable) || set.Value.Contains($"{variable}_FILE");

        hasValue.Should().Be(!ForExtraEnv().Contains(variable));
    }

    [Fact]
    public void The_chart_sets_nothing_that_the_program_does_not_read() =>
        set.Value.Where(name => name.StartsWith("TASKRUNNER_", StringComparison.Ordinal)).Should().NotBeEmpty().And.BeSubsetOf(Settings.All.SelectMany(setting => setting.FromFile ? new[] { setting.Variable, $"{setting.Variable}_FILE" } : [setting.Variable]));

    /// <summary>Values with the range that the program says its setting has.</summary>
    public static TheoryData<string, long, long> Ranges => new()
    {
        { "leaseSeconds: {0}", Range(Settings.LeaseSeconds).Least, Range(Settings.LeaseSeconds).Most },
        { "resultTtlSeconds: {0}", Range(Settings.ResultTtlSeconds).Least, Range(Settings.ResultTtlSeconds).Most },
        { "tickTtlSeconds: {0}", Range(Settings.TickTtlSeconds).Least, Range(Settings.TickTtlSeconds).Most },
        { "maxPayloadBytes: {0}", Range(Settings.MaxPayloadBytes).Least, Range(Settings.MaxPayloadBytes).Most },
        { "dead: {{ maxTasks: {0} }}", Range(Settings.DeadMaxTasks).Least, Range(Settings.DeadMaxTasks).Most },
        { "dead: {{ maxBytes: {0} }}", Range(Settings.DeadMaxBytes).Least, Range(Settings.DeadMaxBytes).Most },
        { "dead: {{ maxAgeSeconds: {0} }}", Range(Settings.DeadMaxAgeSeconds).Least, Range(Settings.DeadMaxAgeSeconds).Most },

        // 0 says that there is no budget.
        { "retryBudgetPercent: {0}", 0, Range(Settings.RetryBudgetPercent).Most },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void A_number_out_of_the_program_s_range_is_refused_and_the_ends_of_the_range_are_not(string value, long least, long most)
    {
        Chart.Refusal(Config(value, least - 1)).Should().Contain("Must be greater than or equal to");
        Chart.Refusal(Config(value, most + 1)).Should().Contain("Must be less than or equal to");
        Chart.Render(Config(value, least)).Has("Deployment").Should().BeTrue();
        Chart.Render(Config(value, most)).Has("Deployment").Should().BeTrue();
    }

    private static string Config(string value, long number) => $"config: {{ {string.Format(CultureInfo.InvariantCulture, value, number)} }}";

    private static (long Least, long Most) Range(Setting setting)
    {
        var range = InText().Match(setting.Description);
        return (long.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture), long.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    private static IEnumerable<string> Variables(Manifest manifest) => manifest.Kind == "ConfigMap"
        ? (manifest.At("data") as JsonObject ?? []).Select(pair => pair.Key)
        : (manifest.Pod is null ? [] : manifest.Containers).SelectMany(container => container["env"] as JsonArray ?? []).Select(variable => variable!["name"]!.ToString());

    private static HashSet<string> ForExtraEnv() =>
        [.. Variable().Matches(Section().Match(Repository.ReadChartFile("README.md")).Value).Select(match => match.Value)];

    [GeneratedRegex("\n## Settings without a value\n.*?\n## ", RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex("([0-9]+) to ([0-9]+)")]
    private static partial Regex InText();

    [GeneratedRegex("TASKRUNNER_[A-Z_]+")]
    private static partial Regex Variable();
}
