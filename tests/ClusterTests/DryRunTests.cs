using System.Text.Json.Nodes;
using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>Every case of the chart, as the API server of this cluster judges it; kinds of other projects are made known to it first.</summary>
public sealed class DryRunTests(DryRunTests.Setup setup) : IClassFixture<DryRunTests.Setup>
{
    [ClusterFact]
    public async Task The_cluster_takes_every_object_of_every_case()
    {
        var release = setup.Release;
        var api = release.Api;
        await using var resources = new CustomResources(api);
        await resources.DefineAsync();
        var version = JsonNode.Parse((await api.GetAsync("/version")).Body).Text("gitVersion");
        var server = new DryRun(api, release.Namespace);

        foreach (var file in CiCases.Names)
        {
            var objects = await release.Helm.TemplateAsync(CiCases.Path(file), version);

            var (judged, mistakes) = await server.JudgeAsync(objects);

            mistakes.Should().BeEmpty("{0} is a case", file);
            judged.Should().BePositive().And.Be(CountOf(objects, "kind: "), "every object of {0} is judged", file);
        }
    }

    private static int CountOf(string objects, string lineStart) => objects.Split('\n').Count(line => line.StartsWith(lineStart, StringComparison.Ordinal));

    public sealed class Setup() : ClusterFixture("")
    {
        private protected override Task PrepareAsync(Release release) => Task.CompletedTask;
    }
}
