using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class KubernetesVersionTests
{
    [Theory]
    [InlineData("1.20.2")]
    [InlineData("1.21.0")]
    [InlineData("1.25.0")]
    [InlineData("1.30.4-gke.100")]
    [InlineData("1.36.2")]
    public void Every_case_renders_on_every_version(string version)
    {
        foreach (var file in CiCases.Names)
        {
            Chart.Render(options: new RenderOptions(CiCase: file, KubeVersion: version)).Should().NotBeEmpty();
        }
    }

    [Fact]
    public void An_older_version_is_refused() =>
        Chart.Refusal(string.Empty, new RenderOptions(KubeVersion: "1.19.16")).Should().Contain("requires kubeVersion: >=1.20.0-0");
}
