using FluentAssertions;
using Xunit;

namespace ChartTests.Rendering;

/// <summary>Versions share a render only when the chart cannot tell them apart.</summary>
public sealed class LikeVersionsTests
{
    [Fact]
    public void Versions_on_one_side_of_every_comparison_are_alike()
    {
        var versions = Of("""
            {{ if semverCompare ">=1.23-0" .Capabilities.KubeVersion.Version }}a: b{{ end }}
            {{ $known := $.Capabilities.KubeVersion.Version }}
            {{ if semverCompare "<1.27-0" $known }}c: d{{ end }}
            """);

        string[] all = ["1.20.0", "1.22.9", "1.23.0", "1.26.1+k3s1", "1.27.0-gke.1", "1.36.0"];
        all.Select(versions.Of).Should().Equal("1.20.0", "1.20.0", "1.23.0", "1.23.0", "1.27.0-gke.1", "1.27.0-gke.1");
    }

    [Theory]
    [InlineData("a: {{ .Capabilities.KubeVersion.Minor }}")]
    [InlineData("a: {{ .Capabilities.KubeVersion.Version }}")]
    [InlineData("a: {{ toJson .Capabilities }}")]
    [InlineData("{{ $known := .Capabilities.KubeVersion.Version }}a: {{ $known }}")]
    [InlineData("{{ $constraint := \">=1.23-0\" }}a: {{ semverCompare $constraint .Capabilities.KubeVersion.Version }}")]
    public void No_version_is_like_another_for_a_chart_that_does_more_than_compare(string template)
    {
        var versions = Of(template);

        string[] all = ["1.24.0", "1.24.1"];
        all.Select(versions.Of).Should().Equal(all);
    }

    private static LikeVersions Of(string template) => new(ChartCopy.Make(folder =>
    {
        Directory.Delete(Path.Combine(folder, "templates"), recursive: true);
        Directory.CreateDirectory(Path.Combine(folder, "templates"));
        File.WriteAllText(Path.Combine(folder, "templates", "a.yaml"), template);
    }));
}
