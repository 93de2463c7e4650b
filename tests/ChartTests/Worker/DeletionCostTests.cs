using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class DeletionCostTests
{
    private const string On = "workers: { busy: { podDeletionCost: true } }";

    [Fact]
    public void Nothing_of_it_is_there_unless_it_is_asked_for()
    {
        var manifests = Chart.Render();

        manifests.Has("Role").Should().BeFalse();
        manifests.Has("RoleBinding").Should().BeFalse();
        manifests.Rendered.Should().NotContain("serviceAccountToken").And.NotContain("TASKRUNNER_POD_NAME");
    }

    [Fact]
    public void Only_the_pool_that_tells_its_cost_gets_a_token()
    {
        var manifests = Chart.Render(On);

        manifests.Workloads.Where(workload => workload.PodSpec.ToJsonString().Contains("serviceAccountToken", StringComparison.Ordinal))
            .Select(workload => workload.Pool).Should().Equal("busy");
        manifests.Single("Deployment", pool: "busy").PodSpec["automountServiceAccountToken"].ShouldBe("false");
    }

    [Fact]
    public void The_token_is_short_lived_and_readable_by_the_program_only()
    {
        var pod = Chart.Render(On).Single("Deployment", pool: "busy").PodSpec;

        var volume = pod["volumes"]!.AsArray().Single(item => (string?)item!["name"] == "api");
        volume!["projected"].ShouldBe("""
            defaultMode: 288
            sources:
              - serviceAccountToken: { path: token, expirationSeconds: 3607 }
              - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
            """);
        pod.At("containers[0].volumeMounts")!.AsArray().Single(item => (string?)item!["name"] == "api")
            .ShouldBe("{ name: api, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }");
    }

    [Fact]
    public void The_role_may_patch_pods_and_nothing_else()
    {
        var manifests = Chart.Render(On);

        manifests.Single("Role").At("rules").ShouldBe("[{ apiGroups: [''], resources: [pods], verbs: [patch] }]");
        manifests.Single("RoleBinding").At("roleRef").ShouldBe("{ apiGroup: rbac.authorization.k8s.io, kind: Role, name: demo-taskrunner-worker }");
        manifests.Single("RoleBinding").At("subjects").ShouldBe("[{ kind: ServiceAccount, name: demo-taskrunner, namespace: tasks }]");
    }

    [Theory]
    [InlineData("Role")]
    [InlineData("RoleBinding")]
    public void What_it_needs_belongs_to_the_workers(string kind) => Chart.Render(On).Single(kind).Component.Should().Be("worker");

    [Fact]
    public void The_role_can_be_the_user_s_own()
    {
        var manifests = Chart.Render($"{{ rbac: {{ create: false }}, {On} }}");

        manifests.Has("Role").Should().BeFalse();
        manifests.Has("RoleBinding").Should().BeFalse();
    }

    [Fact]
    public void The_program_is_told_which_pod_it_is()
    {
        var env = Chart.Render(On).Single("Deployment", pool: "busy").Container["env"]!.AsArray();

        env.Single(item => (string?)item!["name"] == "TASKRUNNER_POD_NAME").At("valueFrom.fieldRef.fieldPath").ShouldBe("metadata.name");
        env.Single(item => (string?)item!["name"] == "TASKRUNNER_POD_NAMESPACE").At("valueFrom.fieldRef.fieldPath").ShouldBe("metadata.namespace");
    }

    [Fact]
    public void Notes_say_that_an_old_cluster_takes_no_notice() =>
        Chart.Notes(On, new RenderOptions(KubeVersion: "1.20.0")).Should().Contain("WARNING: pool busy: podDeletionCost has no effect before Kubernetes 1.22.");

    [Theory]
    [InlineData(On, "1.22.0")]
    [InlineData("", "1.20.0")]
    public void Notes_say_nothing_about_it_where_it_works_or_is_not_asked_for(string values, string kubernetes) =>
        Chart.Notes(values, new RenderOptions(KubeVersion: kubernetes)).Should().Contain("is installed as release demo").And.NotContain("podDeletionCost");
}
