using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using ChartTests.Rendering;
using FluentAssertions;
using TaskRunner.Observability;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>Alerts, dashboards and scalers ask for metrics by name; a name that the program does not show would ask in vain for ever.</summary>
public sealed partial class MetricTests
{
    private static readonly string[] HistogramSuffixes = ["_bucket", "_count", "_sum"];

    public static TheoryData<string> Cases => CiCases.All;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_metric_that_the_chart_asks_for_is_one_that_the_program_shows(string file) =>
        Queries(file).SelectMany(Metrics).Distinct().Should().BeSubsetOf(Shown());

    [Fact]
    public void The_cases_ask_for_metrics_in_rules_dashboards_and_scalers()
    {
        var kinds = CiCases.Names.SelectMany(CiCases.Render)
            .Where(manifest => Texts(manifest).SelectMany(Metrics).Any())
            .Select(manifest => manifest.Kind)
            .Distinct();

        kinds.Should().Contain(["PrometheusRule", "ConfigMap", "ScaledObject"]);
    }

    private static IEnumerable<string> Queries(string file) => CiCases.Render(file).SelectMany(Texts);

    private static IEnumerable<string> Texts(Manifest manifest) =>
        manifest.Content.Walk().Where(item => item.Node is System.Text.Json.Nodes.JsonValue).Select(item => item.Node!.ToString());

    private static IEnumerable<string> Metrics(string text) => Metric().Matches(text).Select(match => match.Value);

    /// <summary>Names as a scrape shows them, made by the program's own code.</summary>
    private static HashSet<string> Shown()
    {
        using var metrics = new TaskRunnerMetrics();
        var shown = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter == metrics.Meter)
            {
                var family = MetricFamily.For(instrument);
                shown.UnionWith(family.Type == "histogram" ? HistogramSuffixes.Select(suffix => family.Name + suffix) : [family.Name]);
            }
        };
        listener.Start();
        return shown;
    }

    // What starts with taskrunner_dev_ is a label: taskrunner.dev/pool, as a monitor shows it.
    [GeneratedRegex(@"(?<![\w./:-])taskrunner_(?!dev_)[a-z0-9_]+(?=[{\[ )]|$)")]
    private static partial Regex Metric();
}
