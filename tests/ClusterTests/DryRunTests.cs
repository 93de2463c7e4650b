using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>Every case of the chart, as the API server of this cluster judges it, nothing is stored.</summary>
public sealed class DryRunTests(DryRunTests.Setup setup) : IClassFixture<DryRunTests.Setup>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(3);

    [ClusterFact]
    public async Task The_cluster_takes_every_object_of_every_case()
    {
        foreach (var file in CiCases.Names)
        {
            var objects = await setup.Release.Helm.TemplateAsync(CiCases.Path(file), "--set", $"namespaceOverride={setup.Release.Namespace}");

            var answer = await setup.Release.Kubectl.RunAsync(["apply", "--dry-run=server", "--validate=true", "--filename=-"], objects, Long);

            answer.Should().Contain("created (server dry run)", "{0} is a case", file);
        }
    }

    public sealed class Setup() : ClusterFixture("")
    {
        private protected override Task PrepareAsync(Release release) => CustomResources.DefineAsync(release.Cluster.Kubectl());
    }
}
