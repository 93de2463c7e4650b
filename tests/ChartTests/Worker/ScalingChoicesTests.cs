using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

/// <summary>What KEDA is told beside its triggers, and autoscalers that the chart does not know.</summary>
public sealed class ScalingChoicesTests
{
    [Fact]
    public void Annotations_pause_one_ScaledObject_and_stand_on_nothing_else()
    {
        var manifests = Chart.Render("""worker: { autoscaling: { type: keda, keda: { annotations: { autoscaling.keda.sh/paused: "{{ true }}" } } } }""");

        manifests.Single("ScaledObject").At("metadata.annotations")!["autoscaling.keda.sh/paused"].ShouldBe("'true'");
        manifests.Single("Deployment", component: "worker").At("metadata.annotations").Should().BeNull();
    }

    [Theory]
    [InlineData("minReplicas: 2, keda: { idleReplicaCount: 0 }", "idleReplicaCount", "0")]
    [InlineData("keda: { initialCooldownPeriod: 0 }", "initialCooldownPeriod", "0")]
    [InlineData("", "idleReplicaCount", "")]
    [InlineData("", "initialCooldownPeriod", "")]
    public void Numbers_are_rendered_when_they_are_set(string autoscaling, string key, string expected) =>
        Scaled(autoscaling).At($"spec.{key}").ShouldBe(expected);

    [Theory]
    [InlineData("minReplicas: 1, keda: { idleReplicaCount: 1 }", 1, 1)]
    [InlineData("minReplicas: 0, keda: { idleReplicaCount: 0 }", 0, 0)]
    public void An_idle_number_that_KEDA_would_refuse_is_refused(string autoscaling, int idle, int least) =>
        Chart.Refusal($"worker: {{ autoscaling: {{ type: keda, {autoscaling} }} }}").Should()
            .Contain($"- Pool \"default\": worker.autoscaling.keda.idleReplicaCount ({idle}) must be less than minReplicas ({least}).");

    [Fact]
    public void What_the_user_says_about_advanced_lies_over_the_chart_s()
    {
        var advanced = Scaled("""
            keda: { advanced: { restoreToOriginalReplicaCount: true, horizontalPodAutoscalerConfig: { name: "{{ .Release.Name }}-mine", behavior: { scaleDown: { selectPolicy: Min } } },
              scalingModifiers: { formula: queue0 * 2, activationTarget: "3" } } }
            """).At("spec.advanced");

        advanced.At("restoreToOriginalReplicaCount").ShouldBe("true");
        advanced.At("horizontalPodAutoscalerConfig.name").ShouldBe("demo-mine");
        advanced.At("horizontalPodAutoscalerConfig.behavior.scaleDown.selectPolicy").ShouldBe("Min");
        advanced.At("horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds").ShouldBe("60");
        advanced.At("scalingModifiers").ShouldBe("{ formula: queue0 * 2, target: '4', activationTarget: '3', metricType: AverageValue }");
    }

    [Fact]
    public void A_formula_of_the_user_may_name_triggers_that_the_chart_knows_no_target_of() =>
        Scaled("""
            keda: { triggers: [{ type: external, name: own, metadata: { scalerAddress: a.example } }], advanced: { scalingModifiers: { formula: queue0 + own } } }
            """).At("spec.advanced.scalingModifiers.formula").ShouldBe("queue0 + own");

    [Fact]
    public void Another_autoscaler_owns_the_number_of_pods()
    {
        var manifests = Chart.Render("worker: { replicas: 9, autoscaling: { type: external, minReplicas: 1, maxReplicas: 4 } }");

        manifests.Single("Deployment", component: "worker").At("spec.replicas").Should().BeNull();
        manifests.Has("HorizontalPodAutoscaler").Should().BeFalse();
        manifests.Has("ScaledObject").Should().BeFalse();
        manifests.Has("PodDisruptionBudget", pool: "default").Should().BeTrue();
        Chart.Notes("worker: { autoscaling: { type: external, maxReplicas: 4 } }").Should().Contain("1 to 4 x");
    }

    private static Manifest Scaled(string autoscaling) =>
        Chart.Render($"queues: [a, b]\nworker: {{ autoscaling: {{ type: keda{(autoscaling.Length > 0 ? ", " : "")}{autoscaling} }} }}").Single("ScaledObject");
}
