using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

/// <summary>How a new version is judged, and what runs in the container.</summary>
public sealed class RolloutTests
{
    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    public void Times_are_Kubernetes_own_unless_they_are_set(string component)
    {
        var plain = Chart.Render().Single("Deployment", component: component);
        var slow = Chart.Render($"{component}: {{ minReadySeconds: 0, progressDeadlineSeconds: 1800 }}").Single("Deployment", component: component);

        plain.At("spec.minReadySeconds").Should().BeNull();
        plain.At("spec.progressDeadlineSeconds").Should().BeNull();
        slow.At("spec.minReadySeconds").ShouldBe("0");
        slow.At("spec.progressDeadlineSeconds").ShouldBe("1800");
    }

    [Theory]
    [InlineData("workers: { slow: { queues: [reports], minReadySeconds: 600 } }", "Pool \"slow\": minReadySeconds (600) must be less than progressDeadlineSeconds (600).")]
    [InlineData("beat: { minReadySeconds: 5, progressDeadlineSeconds: 5 }", "beat: minReadySeconds (5) must be less than progressDeadlineSeconds (5).")]
    public void A_deadline_that_no_pod_could_meet_is_refused(string values, string sentence) => Chart.Refusal(values).Should().Contain($"- {sentence}");

    [Theory]
    [InlineData("worker", "[worker]")]
    [InlineData("beat", "[beat]")]
    [InlineData("migrate", "[migrate, --timeout=60s]")]
    public void A_wrapper_gets_the_arguments_of_the_program(string component, string arguments)
    {
        var container = Chart.Render($$$"""{{{component}}}: { command: ["{{ .Release.Name }}", --, /app/taskrunner] }""")
            .Workloads.Single(workload => workload.Component == component).Container;

        container["command"].ShouldBe("[demo, --, /app/taskrunner]");
        container["args"].ShouldBe(arguments);
    }

    [Fact]
    public void Without_a_wrapper_the_entry_point_of_the_image_runs() =>
        Chart.Render().Workloads.Where(workload => workload.Kind != "StatefulSet").Should().OnlyContain(workload => workload.Container["command"] == null);

    [Theory]
    [InlineData("worker: { args: [worker, --name=a] }", "worker", "[worker, --name=a]")]
    [InlineData("worker: { args: [own], extraArgs: [--verbose] }", "worker", "[own, --verbose]")]
    [InlineData("beat: { args: [\"{{ .Release.Name }}\"] }", "beat", "[demo]")]
    [InlineData("migrate: { args: [migrate, --timeout=300s] }", "migrate", "[migrate, --timeout=300s]")]
    [InlineData("workers: { default: { args: [own] } }", "worker", "[own]")]
    public void Arguments_of_the_user_take_the_place_of_the_chart_s(string values, string component, string expected) =>
        Chart.Render(values).Workloads.Single(workload => workload.Component == component).Container["args"].ShouldBe(expected);

    [Fact]
    public void Fields_of_pods_are_left_to_Kubernetes_unless_they_are_set()
    {
        Chart.Render().Workloads.Should().OnlyContain(workload => workload.PodSpec["hostUsers"] == null && workload.PodSpec["shareProcessNamespace"] == null && workload.PodSpec["resourceClaims"] == null);
        Chart.Render("{ hostUsers: false, shareProcessNamespace: true }").Workloads.Should()
            .OnlyContain(workload => !(bool)workload.PodSpec["hostUsers"]! && (bool)workload.PodSpec["shareProcessNamespace"]!);
        Chart.Render("{ hostUsers: false, beat: { hostUsers: null } }").Single("Deployment", component: "beat").PodSpec["hostUsers"].Should().BeNull();
    }

    [Fact]
    public void The_word_none_takes_them_away_again_below_a_parent_chart_too()
    {
        var beat = Chart.Render("""
            { hostUsers: false, shareProcessNamespace: true, beat: { hostUsers: none, shareProcessNamespace: none, minReadySeconds: none, progressDeadlineSeconds: none } }
            """).Single("Deployment", component: "beat");

        beat.PodSpec["hostUsers"].Should().BeNull();
        beat.PodSpec["shareProcessNamespace"].Should().BeNull();
        beat.At("spec.minReadySeconds").Should().BeNull();
        beat.At("spec.progressDeadlineSeconds").Should().BeNull();
    }

    [Fact]
    public void Devices_are_claimed_by_a_pool()
    {
        var worker = Chart.Render(
            """
            workers:
              gpu:
                resources: { claims: [{ name: gpu }] }
                resourceClaims: [{ name: gpu, resourceClaimTemplateName: "{{ .Release.Name }}-gpu" }]
            """,
            new RenderOptions(KubeVersion: "1.36")).Single("Deployment", pool: "gpu");

        worker.PodSpec["resourceClaims"].ShouldBe("[{ name: gpu, resourceClaimTemplateName: demo-gpu }]");
        worker.Container.At("resources.claims").ShouldBe("[{ name: gpu }]");
    }

    [Theory]
    [InlineData("worker: { extraContainers: [{ name: side, image: a, ports: [{ containerPort: 9100 }] }] }", "Pool \"default\": extraContainers \"side\" has the port of the program (9100, named http)")]
    [InlineData("beat: { initContainers: [{ name: side, image: a, restartPolicy: Always, ports: [{ name: http, containerPort: 1 }] }] }", "beat: initContainers \"side\" has the port of the program (9100, named http)")]
    public void A_sidecar_that_wants_the_same_port_is_refused(string values, string sentence) =>
        Chart.Refusal($"config: {{ httpPort: 9100 }}\n{values}").Should().Contain($"- {sentence}");

    [Fact]
    public void The_port_is_the_same_wherever_it_is_named()
    {
        var manifests = Chart.Render("{ config: { httpPort: 9100 }, networkPolicy: { enabled: true }, metrics: { scrape: serviceMonitor } }");
        var annotated = Chart.Render("config: { httpPort: 9100 }");

        manifests.Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_HTTP_PORT").Should().Be("9100");
        manifests.Rendered.Should().NotContain("8000");
        foreach (var component in new[] { "worker", "beat" })
        {
            manifests.Single("Deployment", component: component).Container.At("ports[0].containerPort").ShouldBe("9100");
            manifests.Single("Service", component: component).At("spec.ports[0].port").ShouldBe("9100");
            manifests.Single("NetworkPolicy", component: component).At("spec.ingress[0].ports[0].port").ShouldBe("9100");
            annotated.Single("Deployment", component: component).PodAnnotations["prometheus.io/port"].ShouldBe("'9100'");
        }
    }
}
