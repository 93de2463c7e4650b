using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class MetadataTests
{
    private static readonly System.Text.Json.Nodes.JsonObject Chart = Yaml.Parse(Repository.ReadChartFile("Chart.yaml"))!.AsObject();

    [Theory]
    [InlineData("apiVersion", "v2")]
    [InlineData("name", "taskrunner")]
    [InlineData("type", "application")]
    [InlineData("kubeVersion", "\">=1.20.0-0\"")]
    public void The_chart_says_what_it_is(string key, string expected) => Chart[key].ShouldBe(expected);

    [Theory]
    [InlineData("version")]
    [InlineData("appVersion")]
    public void Versions_are_semantic(string key) => Chart[key]!.ToString().Should().MatchRegex(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$");

    [Fact]
    public void The_app_version_is_the_version_of_the_program_in_this_repository() =>
        File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")).Should().Contain($"<Version>{Chart["appVersion"]}</Version>");

    [Fact]
    public void Changes_are_listed_in_words_that_the_hub_knows()
    {
        var changes = Yaml.Parse(Chart.At("annotations")!["artifacthub.io/changes"]!.ToString())!.AsArray();

        changes.Should().NotBeEmpty();
        changes.Select(change => (string?)change!["kind"]).Should().BeSubsetOf(["added", "changed", "deprecated", "removed", "fixed", "security"]);
    }

    [Fact]
    public void The_images_that_are_listed_are_those_that_the_defaults_install()
    {
        var listed = Yaml.Parse(Chart.At("annotations")!["artifacthub.io/images"]!.ToString())!.AsArray().Select(image => (string?)image!["image"]);
        var installed = Rendering.Chart.Render().Workloads.Select(workload => (string?)workload.Container["image"]).Distinct();

        listed.Should().BeEquivalentTo(installed);
    }

    [Fact]
    public void Chart_testing_looks_where_the_chart_is() =>
        Yaml.Parse(File.ReadAllText(Path.Combine(Repository.Root, "ct.yaml"))).At("chart-dirs[0]").ShouldBe("charts");
}
