using ChartTests.Rendering;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace ChartTests.Conventions;

public sealed class KubernetesVersionTests
{
    private static readonly string[] Odd = ["1.20.2", "1.30.4-gke.100", "1.34.1+k3s1"];

    /// <summary>The ends of what is supported each day, some of the others another day.</summary>
    private static readonly string[] Versions =
    [
        "1.20.0", "1.36.0",
        .. DailySample.Of([.. Enumerable.Range(21, 15).Select(minor => $"1.{minor}.0"), .. Odd], 4, "chart"),
    ];

    public static TheoryData<string, string> CasesAndVersions
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var version in Versions)
            {
                foreach (var file in CiCases.Names)
                {
                    data.Add(file, version);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(CasesAndVersions))]
    public void Every_case_renders_on_every_version(string file, string version)
    {
        Chart.Prepare([.. CiCases.Names.Select(name => new RenderRequest(string.Empty, new(CiCase: name, KubeVersion: version)))]);

        Chart.Render(options: new RenderOptions(CiCase: file, KubeVersion: version)).Should().NotBeEmpty();
    }

    [Fact]
    public void An_older_version_is_refused() =>
        Chart.Refusal(string.Empty, new RenderOptions(KubeVersion: "1.19.16")).Should().Contain("requires kubeVersion: >=1.20.0-0");
}
