using System.Text.Json.Nodes;
using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>What the API server made of the chart's defaults.</summary>
[Collection(SharedInstallation.Name)]
public sealed class ConfigurationTests(SharedInstallation.Setup setup)
{
    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task Workers_are_replaced_one_by_one()
    {
        var strategy = (await release.Kubectl.GetAsync(Release.Worker)).At("spec.strategy");

        strategy.Text("type").Should().Be("RollingUpdate");
        strategy.Number("rollingUpdate.maxSurge").Should().Be(1);
        strategy.Number("rollingUpdate.maxUnavailable").Should().Be(1);
    }

    [ClusterFact]
    public async Task Beat_is_stopped_before_its_successor_starts()
    {
        var strategy = (await release.Kubectl.GetAsync(Release.Beat)).At("spec.strategy");

        strategy.Text("type").Should().Be("Recreate");
    }

    [ClusterFact]
    public Task All_three_probes_of_workers_are_configured() => ProbesAreConfiguredAsync(Release.Worker);

    [ClusterFact]
    public Task All_three_probes_of_beat_are_configured() => ProbesAreConfiguredAsync(Release.Beat);

    [ClusterFact]
    public async Task Workers_ask_for_and_are_limited_to_the_figures_of_the_chart() =>
        (await ResourcesAsync(Release.Worker)).Should().Be("300m 512Mi, at most 800m 1Gi");

    [ClusterFact]
    public async Task Beat_asks_for_and_is_limited_to_the_figures_of_the_chart() =>
        (await ResourcesAsync(Release.Beat)).Should().Be("100m 256Mi, at most 500m 512Mi");

    [ClusterFact]
    public async Task Pods_get_their_time_to_stop()
    {
        (await release.Kubectl.GetAsync(Release.Worker)).Number("spec.template.spec.terminationGracePeriodSeconds").Should().Be(60);
        (await release.Kubectl.GetAsync(Release.Beat)).Number("spec.template.spec.terminationGracePeriodSeconds").Should().Be(30);
    }

    private async Task ProbesAreConfiguredAsync(string workload)
    {
        var container = (await release.Kubectl.GetAsync(workload)).At("spec.template.spec.containers[0]");

        Describe(container.At("startupProbe")).Should().Be("/startupz on http, 150 times every 2 s", "300 s are allowed for the start");
        Describe(container.At("livenessProbe")).Should().Be("/livez on http, 3 times every 30 s");
        Describe(container.At("readinessProbe")).Should().Be("/readyz on http, 2 times every 15 s");
    }

    private static string Describe(JsonNode? probe) =>
        $"{probe.Text("httpGet.path")} on {probe.Text("httpGet.port")}, {probe.Number("failureThreshold")} times every {probe.Number("periodSeconds")} s";

    private async Task<string> ResourcesAsync(string workload)
    {
        var resources = (await release.Kubectl.GetAsync(workload)).At("spec.template.spec.containers[0].resources");
        return $"{resources.Text("requests.cpu")} {resources.Text("requests.memory")}, at most {resources.Text("limits.cpu")} {resources.Text("limits.memory")}";
    }
}
