using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Tests;

public sealed class DoctorTests
{
    [Fact]
    public void The_test_runs_a_task_on_every_queue() => Doctor().Container["args"].ShouldBe("""
        - doctor
        - --queues
        - default,backups,pricing,reports,notifications,accounting,monitoring,webhooks
        - --timeout
        - 120s
        """);

    [Fact]
    public void Without_beat_the_test_does_not_ask_for_it() =>
        Doctor("{ beat: { enabled: false }, queues: [default], test: { timeoutSeconds: 30 } }").Container["args"]
            .ShouldBe("[doctor, --queues, default, --timeout, 30s, --no-beat]");

    [Fact]
    public void The_pod_is_a_test_of_helm_that_leaves_its_log_behind()
    {
        var annotations = Doctor().At("metadata.annotations")!;

        annotations["helm.sh/hook"].ShouldBe("test");
        annotations["helm.sh/hook-delete-policy"].ShouldBe("before-hook-creation");
        Doctor().PodSpec["restartPolicy"].ShouldBe("Never");
    }

    [Fact]
    public void The_test_sees_what_a_worker_sees()
    {
        var worker = Chart.Render().Single("Deployment", component: "worker");

        Doctor().Container["envFrom"].ShouldBe(worker.Container["envFrom"]!.ToJsonString());
        Doctor().Container["volumeMounts"].ShouldBe(worker.Container["volumeMounts"]!.ToJsonString());
        Doctor().Container["image"].ShouldBe(worker.Container["image"]!.ToJsonString());
    }

    [Theory]
    [InlineData("test: { podLabels: { 'sidecar.istio.io/inject': 'false', role: '{{ .Release.Name }}' } }")]
    [InlineData("podLabels: { 'sidecar.istio.io/inject': 'false', role: '{{ .Release.Name }}' }")]
    public void Labels_of_pods_are_on_the_test_too_and_change_none_of_the_chart_s(string values)
    {
        var labels = Doctor(values.Replace("role:", "'app.kubernetes.io/component': beat, role:", StringComparison.Ordinal)).At("metadata.labels")!;

        labels["sidecar.istio.io/inject"].ShouldBe("'false'");
        labels["role"].ShouldBe("demo");
        labels["app.kubernetes.io/component"].ShouldBe("test");
    }

    [Theory]
    [InlineData("", 180)]
    [InlineData("test: { timeoutSeconds: 30 }", 90)]
    public void A_pod_that_cannot_start_is_given_up_before_helm_gives_up(string values, int seconds) =>
        Doctor(values).At("spec.activeDeadlineSeconds").ShouldBe($"{seconds}");

    [Fact]
    public void The_test_can_be_left_out() => Chart.Render("test: { enabled: false }").Has("Pod").Should().BeFalse();

    private static Manifest Doctor(string values = "") => Chart.Render(values).Single("Pod", component: "test");
}
