using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class PlatformTests
{
    [Theory]
    [InlineData("auto", null, true)]
    [InlineData("auto", "security.openshift.io/v1", false)]
    [InlineData("never", "security.openshift.io/v1", true)]
    [InlineData("always", null, false)]
    public void OpenShift_gives_users_and_groups_itself(string mode, string? api, bool given)
    {
        var manifests = Chart.Render($"{{ openshift: {mode}, securityContext: {{ runAsUser: 5 }} }}", new RenderOptions(ApiVersions: api));

        foreach (var workload in manifests.Workloads)
        {
            (workload.PodSpec.At("securityContext.runAsUser") is not null).Should().Be(given, workload.ToString());
            (workload.PodSpec.At("securityContext.runAsGroup") is not null).Should().Be(given, workload.ToString());
            (workload.PodSpec.At("securityContext.fsGroup") is not null).Should().Be(given, workload.ToString());
            (workload.Container.At("securityContext.runAsUser") is not null).Should().Be(given, workload.ToString());
            workload.PodSpec.At("securityContext.runAsNonRoot").ShouldBe("true");
        }
    }

    [Fact]
    public void Another_namespace_is_that_of_every_object()
    {
        var manifests = Chart.Render("{ namespaceOverride: other, worker: { podDeletionCost: true } }");

        manifests.Should().OnlyContain(manifest => (string?)manifest.At("metadata.namespace") == "other");
        manifests.Single("RoleBinding").At("subjects[0].namespace").ShouldBe("other");
    }

    [Fact]
    public void A_new_secret_revision_replaces_the_pods_of_the_program()
    {
        var manifests = Chart.Render("secretRevision: '7'");

        foreach (var component in new[] { "worker", "beat" })
        {
            manifests.Single("Deployment", component: component).PodAnnotations["taskrunner.dev/secret-revision"].ShouldBe("'7'");
        }
    }

    [Theory]
    [InlineData("worker", "lostNodeSeconds: 5", 5)]
    [InlineData("beat", "lostNodeSeconds: 0", 0)]
    public void Pods_leave_a_lost_node_within_seconds(string component, string values, int seconds) =>
        Chart.Render(values).Single("Deployment", component: component).PodSpec["tolerations"].ShouldBe($$"""
            - { key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: {{seconds}} }
            - { key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: {{seconds}} }
            """);

    [Fact]
    public void A_toleration_of_the_user_for_lost_nodes_takes_the_place_of_ours()
    {
        var tolerations = Chart.Render("tolerations: [{ key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute }]")
            .Single("Deployment", component: "worker").PodSpec["tolerations"]!.AsArray();

        tolerations.Select(item => $"{item!["key"]} {item["tolerationSeconds"]}").Should().Equal("node.kubernetes.io/unreachable ", "node.kubernetes.io/not-ready 30");
    }

    [Theory]
    [InlineData("{ operator: Exists }")]
    [InlineData("{ operator: Exists, effect: NoExecute }")]
    public void A_toleration_of_every_taint_takes_the_place_of_ours_too(string toleration) =>
        Chart.Render($"tolerations: [{toleration}]").Single("Deployment", component: "worker").PodSpec["tolerations"].ShouldBe($"[{toleration}]");

    [Fact]
    public void A_toleration_that_lets_pods_start_on_a_node_leaves_ours_there() =>
        Chart.Render("tolerations: [{ operator: Exists, effect: NoSchedule }]").Single("Deployment", component: "worker").PodSpec["tolerations"]!.AsArray()
            .Should().HaveCount(3);

    [Fact]
    public void A_bundled_store_is_better_waited_for() => Chart.Render().All("StatefulSet").Should().OnlyContain(set => set.PodSpec["tolerations"] == null);
}
