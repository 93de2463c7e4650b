using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class HorizontalPodAutoscalerTests
{
    private const string On = "worker: { autoscaling: { type: hpa } }";

    [Fact]
    public void The_autoscaler_owns_the_number_of_pods()
    {
        var manifests = Chart.Render(On);

        manifests.Single("Deployment", component: "worker").At("spec.replicas").Should().BeNull();
        manifests.Has("ScaledObject").Should().BeFalse();
        manifests.Single("HorizontalPodAutoscaler").At("spec.scaleTargetRef").ShouldBe(
            "{ apiVersion: apps/v1, kind: Deployment, name: demo-taskrunner-worker-default }");
    }

    [Fact]
    public void Bounds_and_the_share_of_the_CPU_have_defaults()
    {
        var hpa = Hpa(On);

        hpa.At("spec.minReplicas").ShouldBe("1");
        hpa.At("spec.maxReplicas").ShouldBe("10");
        hpa.At("spec.metrics").ShouldBe("[{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 75 } } }]");
    }

    [Theory]
    [InlineData("cpu: null, memory: 60", "[{ type: Resource, resource: { name: memory, target: { type: Utilization, averageUtilization: 60 } } }]")]
    [InlineData("cpu: null, externalMetric: tasks", "[{ type: External, external: { metric: { name: tasks }, target: { type: AverageValue, averageValue: '4' } } }]")]
    [InlineData(
        "cpu: null, externalMetric: tasks, externalSelector: { release: \"{{ .Release.Name }}\" }",
        "[{ type: External, external: { metric: { name: tasks, selector: { matchLabels: { release: demo } } }, target: { type: AverageValue, averageValue: '4' } } }]")]
    [InlineData(
        "cpu: null, metrics: [{ type: Pods, pods: { metric: { name: \"{{ .Release.Name }}\" }, target: { type: AverageValue, averageValue: 2 } } }]",
        "[{ type: Pods, pods: { metric: { name: demo }, target: { type: AverageValue, averageValue: 2 } } }]")]
    [InlineData(
        "cpu: null, metrics: [{ type: ContainerResource, containerResource: { name: cpu, container: worker, target: { type: Utilization, averageUtilization: 70 } } }]",
        "[{ type: ContainerResource, containerResource: { name: cpu, container: worker, target: { type: Utilization, averageUtilization: 70 } } }]")]
    public void Each_metric_can_be_chosen(string hpa, string expected) =>
        Hpa($"worker: {{ autoscaling: {{ type: hpa, hpa: {{ {hpa} }} }} }}").At("spec.metrics").ShouldBe(expected);

    [Theory]
    [InlineData("", "10")]
    [InlineData("tasksPerPod: 3,", "3")]
    public void The_external_metric_aims_at_what_one_pod_runs(string tasks, string target) =>
        Hpa($"worker: {{ concurrency: 10, autoscaling: {{ type: hpa, {tasks} hpa: {{ cpu: null, externalMetric: tasks }} }} }}")
            .At("spec.metrics[0].external.target.averageValue").ShouldBe($"'{target}'");

    [Theory]
    [InlineData(50, 60, 60)]
    [InlineData(0, 15, 15)]
    [InlineData(290, 300, 300)]
    [InlineData(7190, 3600, 1800)]
    public void Pods_go_as_fast_as_they_drain(int drain, int window, int period)
    {
        var down = Hpa($"worker: {{ drainSeconds: {drain}, autoscaling: {{ type: hpa }} }}").At("spec.behavior.scaleDown");

        down.ShouldBe($$"""
            stabilizationWindowSeconds: {{window}}
            selectPolicy: Max
            policies:
              - { type: Percent, value: 50, periodSeconds: {{period}} }
              - { type: Pods, value: 1, periodSeconds: {{period}} }
            """);
    }

    [Fact]
    public void The_pace_can_be_changed_in_part()
    {
        var behavior = Hpa("worker: { autoscaling: { type: hpa, behavior: { scaleDown: { selectPolicy: Disabled }, scaleUp: { stabilizationWindowSeconds: 0 } } } }")
            .At("spec.behavior");

        behavior.At("scaleDown.selectPolicy").ShouldBe("Disabled");
        behavior.At("scaleDown.stabilizationWindowSeconds").ShouldBe("60");
        behavior.At("scaleUp.stabilizationWindowSeconds").ShouldBe("0");
    }

    [Theory]
    [InlineData("1.20.0", "autoscaling/v2beta2")]
    [InlineData("1.22.9", "autoscaling/v2beta2")]
    [InlineData("1.23.0", "autoscaling/v2")]
    [InlineData("1.36.0", "autoscaling/v2")]
    public void The_API_is_one_that_the_cluster_knows(string kubernetes, string expected) =>
        Chart.Render(On, new RenderOptions(KubeVersion: kubernetes)).Single("HorizontalPodAutoscaler").ApiVersion.Should().Be(expected);

    [Fact]
    public void Pools_scale_each_in_their_way()
    {
        var manifests = Chart.Render("workers: { a: { autoscaling: { type: hpa, maxReplicas: 3 } }, b: { autoscaling: { type: keda } }, c: { replicas: 7 } }");

        manifests.Single("HorizontalPodAutoscaler").Pool.Should().Be("a");
        manifests.Single("ScaledObject").Pool.Should().Be("b");
        manifests.Single("Deployment", pool: "b").At("spec.replicas").Should().BeNull();
        manifests.Single("Deployment", pool: "c").At("spec.replicas").ShouldBe("7");
    }

    [Theory]
    [InlineData("minReplicas: 0", "minReplicas is 0, but a HorizontalPodAutoscaler keeps at least one pod: set it to 1, or type to keda.")]
    [InlineData("minReplicas: 11", "minReplicas (11) is more than maxReplicas (10).")]
    [InlineData("hpa: { cpu: null }", "hpa has no metric: set cpu, memory, externalMetric or metrics.")]
    public void What_cannot_scale_is_refused(string autoscaling, string sentence) =>
        Chart.Refusal($"worker: {{ autoscaling: {{ type: hpa, {autoscaling} }} }}").Should().Contain($"- Pool \"default\": worker.autoscaling.{sentence}");

    [Theory]
    [InlineData("cpu", "resources: { requests: { cpu: null } }")]
    [InlineData("cpu", "resources: null")]
    [InlineData("memory", "resources: { requests: null }")]
    public void A_share_of_a_request_needs_the_request(string resource, string resources) =>
        Chart.Refusal($"worker: {{ {resources}, autoscaling: {{ type: hpa, hpa: {{ cpu: 50, memory: 50 }} }} }}")
            .Should().Contain($"hpa.{resource} is a share of a request that is not there: set worker.resources.requests.{resource}");

    [Theory]
    [InlineData("extraContainers: [{ name: proxy, image: a }]", true)]
    [InlineData("extraContainers: [{ name: proxy, image: a, resources: { requests: { memory: 1Mi } } }]", true)]
    [InlineData("extraContainers: [{ name: proxy, image: a, resources: { requests: { cpu: 1m } } }]", false)]
    [InlineData("extraContainers: [{ name: proxy, image: a, resources: { limits: { cpu: 1m } } }]", false)]
    [InlineData("initContainers: [{ name: proxy, image: a, restartPolicy: Always }]", true)]
    [InlineData("initContainers: [{ name: proxy, image: a }]", false)]
    public void A_share_of_requests_needs_one_of_each_container_that_stays(string containers, bool refused)
    {
        var values = $"worker: {{ autoscaling: {{ type: hpa }}, {containers} }}";

        if (refused)
        {
            Chart.Refusal(values).Should().Contain("- Pool \"default\": worker.autoscaling.hpa.cpu is a share of what all containers request, and the container \"proxy\" requests none");
        }
        else
        {
            Chart.Render(values).Has("HorizontalPodAutoscaler").Should().BeTrue();
        }
    }

    private static Manifest Hpa(string values) => Chart.Render(values).Single("HorizontalPodAutoscaler");
}
