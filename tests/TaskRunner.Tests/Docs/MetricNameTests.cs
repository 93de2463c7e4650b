using System.Reflection;
using System.Text.RegularExpressions;
using FluentAssertions;
using TaskRunner.Observability;
using Xunit;

namespace TaskRunner.Tests.Docs;

/// <summary>docs/operations.md lists every metric, and no other.</summary>
public sealed partial class MetricNameTests
{
    [Fact]
    public void Every_metric_of_the_program_is_in_the_table_and_every_metric_of_the_table_is_in_the_program()
    {
        using var metrics = new TaskRunnerMetrics();
        var names = typeof(MetricNames).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.Name != nameof(MetricNames.Meter)).Select(f => (string)f.GetRawConstantValue()!);
        var documented = Row().Matches(File.ReadAllText(Path.Combine(CodeBlock.Root(), "docs", "operations.md"))).Select(match => match.Groups[1].Value).ToList();

        documented.Select(Base).Should().BeEquivalentTo([.. names.Select(name => name.Replace('.', '_')), "taskrunner_build_info"]);
    }

    private static string Base(string name) => Suffix().Replace(name, "");

    [GeneratedRegex("^\\| `(taskrunner_[a-z_]+)`", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("(_total|_seconds)$")]
    private static partial Regex Suffix();
}
