using System.Text.Json.Nodes;
using ChartTests.Config;
using ChartTests.Generated;
using ChartTests.Rendering;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace ChartTests.Kinds;

/// <summary>Null takes away what the chart has by default: what is left is rendered, or refused with a sentence, and breaks no template.</summary>
public sealed class NullTests(ITestOutputHelper log)
{
    [Fact]
    public void Null_of_any_map_breaks_no_template()
    {
        var paths = Maps(Yaml.Parse(Repository.ReadChartFile("values.yaml"))!.AsObject(), "").ToList();

        ShouldBreakNothing([.. DailySample.Of(paths, paths.Count / 3, "chart", log).Select(path => (path, Components.Values(path, null)))]);

        paths.Should().HaveCountGreaterThan(100).And.Contain("worker.autoscaling.keda");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("hpa")]
    [InlineData("keda")]
    public void Null_of_an_autoscaler_breaks_no_template(string type)
    {
        ShouldBreakNothing([.. new[] { "keda", "hpa" }.Select(map => (map, Scaling(map)))]);

        JsonObject Scaling(string map) => Components.Values("worker.autoscaling", new JsonObject { ["type"] = type, [map] = null });
    }

    [Fact]
    public void Null_of_the_memory_of_Redis_is_no_limit() =>
        Secrets.Decode(Chart.Render("redis: { maxmemory: null }"), "-redis")["redis.conf"].Should().NotContain("maxmemory ");

    private static void ShouldBreakNothing(IReadOnlyList<(string Name, JsonObject Values)> cases)
    {
        var outcomes = HelmOutcomes.Of(HelmVersions.Oldest, [.. cases.Select(entry => new RenderRequest(entry.Values.ToJsonString(), new()))]);

        cases.Zip(outcomes).Where(pair => pair.Second.Kind == Outcome.Broken).Select(pair => $"{pair.First.Name}: {pair.Second.Text}").Should().BeEmpty();
    }

    private static IEnumerable<string> Maps(JsonObject values, string above) => values.Where(pair => pair.Value is JsonObject)
        .SelectMany(pair => Maps(pair.Value!.AsObject(), $"{above}{pair.Key}.").Prepend($"{above}{pair.Key}"));
}
