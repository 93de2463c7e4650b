using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

public sealed class ImageTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("", "ghcr.io/taskrunner/taskrunner:APP")]
    [InlineData("image: { tag: 2.0.0 }", "ghcr.io/taskrunner/taskrunner:2.0.0")]
    [InlineData("image: { registry: r.example:5000, repository: a/b }", "r.example:5000/a/b:APP")]
    [InlineData("image: { registry: '' }", "taskrunner/taskrunner:APP")]
    [InlineData("image: { tag: 2.0.0, digest: '" + Digest + "' }", "ghcr.io/taskrunner/taskrunner@" + Digest)]
    [InlineData("global: { imageRegistry: g.example }", "g.example/taskrunner/taskrunner:APP")]
    public void All_of_the_program_runs_one_image(string values, string expected)
    {
        var images = Chart.Render(values).Workloads
            .Where(workload => workload.Kind != "StatefulSet")
            .Select(workload => (string?)workload.Container["image"]);

        images.Distinct().Should().Equal(expected.Replace("APP", Repository.Versions.App, StringComparison.Ordinal));
    }

    [Fact]
    public void A_registry_of_the_parent_chart_holds_for_the_stores_too() =>
        Chart.Render("global: { imageRegistry: g.example }").All("StatefulSet").Select(set => (string?)set.Container["image"])
            .Should().BeEquivalentTo("g.example/library/redis:7.4-bookworm", "g.example/library/postgres:16-bookworm");

    [Fact]
    public void The_pull_policy_is_honoured() =>
        Chart.Render("image: { pullPolicy: Never }").Single("Job").Container["imagePullPolicy"].ShouldBe("Never");

    [Fact]
    public void Pull_secrets_of_the_chart_and_of_the_parent_reach_every_pod_once()
    {
        var manifests = Chart.Render("{ imagePullSecrets: [own, { name: both }], global: { imagePullSecrets: [parent, both] } }");

        manifests.Workloads.Select(workload => workload.PodSpec["imagePullSecrets"]!.ToJsonString()).Distinct()
            .Should().Equal("""[{"name":"parent"},{"name":"both"},{"name":"own"}]""");
    }

    [Fact]
    public void No_pull_secret_leaves_no_empty_list() =>
        Chart.Render().Rendered.Should().NotContain("imagePullSecrets");
}
