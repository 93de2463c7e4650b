using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>Helm 3 passes no null from a parent chart on; the word none removes a default there, too.</summary>
public sealed class NoneTests
{
    [Theory]
    [InlineData("resources: { limits: { cpu: none } }", "containers[0].resources.limits", "memory: 1Gi")]
    [InlineData("resources: { limits: { cpu: none, memory: none } }", "containers[0].resources.limits", "")]
    [InlineData("podSecurityContext: { runAsUser: none, runAsGroup: none, fsGroup: none, fsGroupChangePolicy: none }", "securityContext", "{ runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }")]
    [InlineData("podSecurityContext: { seccompProfile: { type: none } }", "securityContext.seccompProfile", "")]
    [InlineData("securityContext: { readOnlyRootFilesystem: none }", "containers[0].securityContext", "{ allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }")]
    [InlineData("lostNodeSeconds: none", "tolerations", "")]
    [InlineData("terminationGracePeriodSeconds: none", "terminationGracePeriodSeconds", "60")]
    [InlineData("readinessProbe: { timeoutSeconds: none }", "containers[0].readinessProbe.timeoutSeconds", "")]
    public void It_removes_a_default_as_null_does(string worker, string path, string expected)
    {
        var none = Chart.Render($"worker: {{ {worker} }}");
        var empty = Chart.Render($"worker: {{ {worker.Replace("seccompProfile: { type: none }", "seccompProfile: null", StringComparison.Ordinal).Replace("none", "null", StringComparison.Ordinal)} }}");

        none.Single("Deployment", component: "worker").PodSpec.At(path).ShouldBe(expected);
        none.Rendered.Should().Be(empty.Rendered);
    }

    [Fact]
    public void It_removes_what_the_top_or_all_pools_have_and_a_pool_can_set_it_again()
    {
        var manifests = Chart.Render("""
            podSecurityContext: { runAsUser: none }
            worker: { resources: { limits: { cpu: none } } }
            workers: { slow: { resources: { limits: { cpu: 2 } }, podSecurityContext: { runAsUser: 5 } } }
            """);

        manifests.Single("Deployment", pool: "default").Container.At("resources.limits.cpu").Should().BeNull();
        manifests.Single("Deployment", pool: "slow").Container.At("resources.limits.cpu").ShouldBe("2");
        manifests.Single("Deployment", pool: "slow").PodSpec.At("securityContext.runAsUser").ShouldBe("5");
        manifests.Single("Job").PodSpec.At("securityContext.runAsUser").Should().BeNull();
    }

    [Fact]
    public void A_metric_of_a_HorizontalPodAutoscaler_and_half_of_a_strategy_can_go_too()
    {
        var manifests = Chart.Render("worker: { strategy: { rollingUpdate: { maxSurge: none } }, autoscaling: { type: hpa, hpa: { cpu: none, memory: 80 } } }");

        manifests.Single("HorizontalPodAutoscaler").At("spec.metrics")!.AsArray().Should().ContainSingle();
        manifests.Single("Deployment", component: "worker").At("spec.strategy.rollingUpdate").ShouldBe("maxUnavailable: 1");
    }

    [Fact]
    public void A_pool_can_drop_what_all_pools_set()
    {
        var manifests = Chart.Render("""
            worker:
              terminationGracePeriodSeconds: 99
              podDisruptionBudget: { minAvailable: 2 }
              autoscaling: { type: keda, minReplicas: 3, tasksPerPod: 9, keda: { cooldownPeriod: 77, fallbackReplicas: 2 } }
            workers:
              slow:
                queues: [default]
                terminationGracePeriodSeconds: none
                podDisruptionBudget: { minAvailable: none }
                autoscaling: { tasksPerPod: none, keda: { cooldownPeriod: none, fallbackReplicas: none } }
            """);
        var scaled = manifests.Single("ScaledObject", pool: "slow");

        manifests.Single("Deployment", pool: "slow").PodSpec["terminationGracePeriodSeconds"].ShouldBe("60");
        manifests.Single("PodDisruptionBudget", pool: "slow").At("spec.maxUnavailable").ShouldBe("1");
        scaled.At("spec.triggers[0].metadata.listLength").ShouldBe("'4'");
        scaled.At("spec.cooldownPeriod").ShouldBe("60");
        scaled.At("spec.fallback").Should().BeNull();
    }

    [Fact]
    public void The_words_of_an_autoscaler_are_not_meant() =>
        Chart.Render("worker: { autoscaling: { type: keda, keda: { trigger: none, triggers: [{ type: cpu, metadata: { value: '60' } }] } } }").Has("ScaledObject").Should().BeTrue();

    [Fact]
    public void It_comes_through_a_parent_chart()
    {
        using var parent = new ParentChart("billing");

        var worker = parent.Render("billing: { podSecurityContext: { runAsUser: none }, lostNodeSeconds: none, worker: { resources: { limits: { cpu: none } } } }")
            .Single("Deployment", component: "worker");

        worker.Container.At("resources.limits").ShouldBe("memory: 1Gi");
        worker.PodSpec.At("securityContext.runAsUser").Should().BeNull();
        worker.PodSpec["tolerations"].Should().BeNull();
    }

    [Fact]
    public void Labels_may_still_have_that_value() =>
        Chart.Render("nodeSelector: { gpu: none }").Single("Job").PodSpec["nodeSelector"].ShouldBe("gpu: none");
}
