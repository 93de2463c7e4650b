using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Monitoring;

public sealed class MonitorTests
{
    [Theory]
    [InlineData("annotations", 0, 0, true)]
    [InlineData("podMonitor", 1, 0, false)]
    [InlineData("serviceMonitor", 0, 1, false)]
    [InlineData("none", 0, 0, false)]
    public void There_is_one_way_to_be_scraped_and_never_two(string scrape, int pod, int service, bool annotations)
    {
        var manifests = Chart.Render($"metrics: {{ scrape: {scrape} }}");

        manifests.All("PodMonitor").Should().HaveCount(pod);
        manifests.All("ServiceMonitor").Should().HaveCount(service);
        manifests.Single("Deployment", component: "beat").PodAnnotations.ContainsKey("prometheus.io/scrape").Should().Be(annotations);
    }

    [Theory]
    [InlineData("podMonitor", "PodMonitor", "podMetricsEndpoints")]
    [InlineData("serviceMonitor", "ServiceMonitor", "endpoints")]
    public void A_monitor_finds_workers_and_beat_of_this_release(string scrape, string kind, string endpoints)
    {
        var monitor = Chart.Render($"metrics: {{ scrape: {scrape} }}").Single(kind);

        monitor.At("spec.selector").ShouldBe("""
            matchLabels: { app.kubernetes.io/name: taskrunner, app.kubernetes.io/instance: demo }
            matchExpressions: [{ key: app.kubernetes.io/component, operator: In, values: [worker, beat] }]
            """);
        monitor.At($"spec.{endpoints}").ShouldBe("[{ port: http, path: /metrics, interval: 30s }]");
        monitor.At("spec.jobLabel").ShouldBe("app.kubernetes.io/instance");
    }

    [Theory]
    [InlineData("interval: 5s", "interval", "5s")]
    [InlineData("scrapeTimeout: 3s", "scrapeTimeout", "3s")]
    [InlineData("relabelings: [{ targetLabel: a, replacement: b }]", "relabelings", "[{ targetLabel: a, replacement: b }]")]
    [InlineData("metricRelabelings: [{ regex: a, action: labeldrop }]", "metricRelabelings", "[{ regex: a, action: labeldrop }]")]
    public void A_monitor_can_be_tuned(string setting, string key, string expected) =>
        Chart.Render($"metrics: {{ scrape: podMonitor, monitor: {{ {setting} }} }}").Single("PodMonitor").At($"spec.podMetricsEndpoints[0].{key}").ShouldBe(expected);

    [Fact]
    public void A_monitor_has_the_labels_by_which_it_is_picked() =>
        Chart.Render("metrics: { scrape: podMonitor, monitor: { labels: { release: \"{{ .Release.Name }}\" } } }").Single("PodMonitor")
            .At("metadata.labels.release").ShouldBe("demo");

    [Fact]
    public void Services_of_a_ServiceMonitor_have_no_address_and_are_there_for_what_runs()
    {
        var services = Chart.Render("{ metrics: { scrape: serviceMonitor }, beat: { enabled: false } }").All("Service").Where(service => service.Name.EndsWith("-metrics", StringComparison.Ordinal)).ToList();

        services.Should().ContainSingle().Which.Component.Should().Be("worker");
        services[0].At("spec.clusterIP").ShouldBe("None");
        services[0].At("spec.publishNotReadyAddresses").ShouldBe("true");
    }
}
