using System.Text.Json.Nodes;
using ChartTests.Generated;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Helms;

/// <summary>The chart gives the same with every Helm that people have: with the oldest that it promises, with a late 3 and with 4.</summary>
public sealed class HelmVersionTests
{
    public static TheoryData<string> Cases => CiCases.All;

    public static TheoryData<string> Helms => [.. HelmVersions.All];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_case_gives_the_same_objects_with_every_helm(string file)
    {
        var request = Request(file);
        var expected = Chart.RenderedAlone(request.Values, request.Options);

        foreach (var version in HelmVersions.All.Except([HelmVersions.Oldest]))
        {
            var rendered = HelmTemplate.Run(Repository.Chart, request, HelmVersions.Program(version));

            Sorted(rendered).Should().Equal(Sorted(expected), "{0} renders {1} too", version, file);
        }
    }

    [Fact]
    public void Every_case_gives_the_same_notes_with_every_helm()
    {
        List<RenderRequest> requests = [.. CiCases.Names.Select(Request)];
        var expected = HelmOutcomes.Of(HelmVersions.Oldest, requests).Select(outcome => outcome.Notes).ToList();

        expected.Should().NotContain(string.Empty);
        foreach (var version in HelmVersions.All.Except([HelmVersions.Oldest]))
        {
            HelmOutcomes.Of(version, requests).Select(outcome => outcome.Notes).Should().Equal(expected);
        }
    }

    [Theory]
    [MemberData(nameof(Helms))]
    public void Every_helm_finds_nothing_to_say_about_the_chart(string version) =>
        HelmCli.RunProgram(HelmVersions.Program(version), string.Empty, [], "lint", "--strict", Repository.Chart)
            .Should().Contain("0 chart(s) failed");

    [Theory]
    [MemberData(nameof(Helms))]
    public void Every_helm_refuses_a_misspelt_key_and_names_it(string version)
    {
        var act = () => HelmTemplate.Run(Repository.Chart, new("worker: { replica: 1 }", new()), HelmVersions.Program(version));

        act.Should().Throw<HelmException>().Which.Output.Should().Contain("worker").And.Contain("replica");
    }

    private static RenderRequest Request(string file) => new(string.Empty, new RenderOptions(CiCase: file, KubeVersion: HelmVersions.Kubernetes));

    /// <summary>Objects in an order of their own: Helm may sort kinds that it knows.</summary>
    private static List<string> Sorted(string text) =>
        [.. Yaml.ParseAll(text).Select(node => Normal(node).ToJsonString()).Order(StringComparer.Ordinal)];

    private static JsonNode Normal(JsonNode node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value is { } value ? Normal(value) : null))),
        JsonArray list => new JsonArray([.. list.Select(item => item is null ? null : Normal(item))]),
        _ => node.DeepClone(),
    };
}
