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

    [Fact]
    public void The_test_can_be_left_out() => Chart.Render("test: { enabled: false }").Has("Pod").Should().BeFalse();

    private static Manifest Doctor(string values = "") => Chart.Render(values).Single("Pod", component: "test");
}
