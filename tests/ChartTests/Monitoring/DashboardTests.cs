using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Monitoring;

public sealed class DashboardTests
{
    private const string On = "metrics: { scrape: podMonitor, dashboard: { enabled: true, annotations: { folder: \"{{ .Release.Name }}\" } } }";

    [Fact]
    public void There_is_none_unless_it_is_asked_for() => Chart.Render().Rendered.Should().NotContain("grafana");

    [Fact]
    public void The_sidecar_of_Grafana_finds_it()
    {
        var map = Chart.Render(On).Single("ConfigMap", name: "dashboard");

        map.At("metadata.labels.grafana_dashboard").ShouldBe("'1'");
        map.At("metadata.annotations.folder").ShouldBe("demo");
        map.At("data")!.AsObject().Should().ContainSingle().Which.Key.Should().Be($"tasks-{map.Name}.json", "a folder takes the files of all releases");
    }

    [Fact]
    public void It_is_JSON_that_asks_for_this_release_alone()
    {
        var map = Chart.Render(On).Single("ConfigMap", name: "dashboard");
        var dashboard = JsonNode.Parse((string)map.At("data")!.AsObject().Single().Value!)!;
        var queries = dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]!.AsArray()).Select(target => (string)target!["expr"]!).ToList();

        ((string?)dashboard["title"]).Should().Be("TaskRunner demo-taskrunner in tasks");
        queries.Should().HaveCountGreaterThan(10).And.OnlyContain(query => query.Contains("{namespace=\"tasks\",job=\"demo\"", StringComparison.Ordinal));
    }
}
