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
    private static readonly Lazy<HashSet<string>> Set = new(() =>
        [.. CiCases.Names.SelectMany(CiCases.Render).SelectMany(Variables)]);

    public static TheoryData<string> All => [.. Settings.All.Select(setting => setting.Variable)];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_setting_of_the_program_has_a_value_or_the_readme_names_it_for_extraEnv(string variable)
    {
        var hasValue = Set.Value.Contains(variable) || Set.Value.Contains($"{variable}_FILE");

        hasValue.Should().Be(!ForExtraEnv().Contains(variable));
    }

    [Fact]
    public void The_chart_sets_nothing_that_the_program_does_not_read() =>
        Set.Value.Where(name => name.StartsWith("TASKRUNNER_", StringComparison.Ordinal)).Should().NotBeEmpty().And.BeSubsetOf(Settings.All.SelectMany(setting => setting.FromFile ? new[] { setting.Variable, $"{setting.Variable}_FILE" } : [setting.Variable]));

    private static IEnumerable<string> Variables(Manifest manifest) => manifest.Kind == "ConfigMap"
        ? (manifest.At("data") as JsonObject ?? []).Select(pair => pair.Key)
        : (manifest.Pod is null ? [] : manifest.Containers).SelectMany(container => container["env"] as JsonArray ?? []).Select(variable => variable!["name"]!.ToString());

    private static HashSet<string> ForExtraEnv() =>
        [.. Variable().Matches(Section().Match(Repository.ReadChartFile("README.md")).Value).Select(match => match.Value)];

    [GeneratedRegex("\n## Settings without a value\n.*?\n## ", RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex("TASKRUNNER_[A-Z_]+")]
    private static partial Regex Variable();
}
