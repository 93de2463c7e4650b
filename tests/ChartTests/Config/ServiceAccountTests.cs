using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

public sealed class ServiceAccountTests
{
    [Fact]
    public void Every_pod_uses_the_account_of_the_release_without_its_token()
    {
        var manifests = Chart.Render();

        manifests.Single("ServiceAccount").At("automountServiceAccountToken").ShouldBe("false");
        manifests.Workloads.Should().OnlyContain(workload => (string?)workload.PodSpec["serviceAccountName"] == "demo-taskrunner");
    }

    [Theory]
    [InlineData("serviceAccount: { name: mine }", "mine", true)]
    [InlineData("serviceAccount: { create: false, name: mine }", "mine", false)]
    [InlineData("serviceAccount: { create: false }", "default", false)]
    public void The_account_can_be_another(string values, string name, bool created)
    {
        var manifests = Chart.Render(values);

        manifests.Single("Deployment", component: "worker").PodSpec["serviceAccountName"].ShouldBe(name);
        manifests.Has("ServiceAccount").Should().Be(created);
    }

    [Fact]
    public void Annotations_are_templated() =>
        Chart.Render("serviceAccount: { annotations: { role: \"{{ .Release.Name }}-role\" } }")
            .Single("ServiceAccount").At("metadata.annotations.role").ShouldBe("demo-role");
}
