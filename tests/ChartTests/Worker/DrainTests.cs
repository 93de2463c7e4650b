using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class DrainTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(590)]
    [InlineData(86400)]
    public void One_number_is_the_drain_the_grace_of_the_pod_and_the_time_of_the_host(int seconds)
    {
        var worker = Chart.Render($"worker: {{ drainSeconds: {seconds} }}").Single("Deployment", component: "worker");

        worker.Env("TASKRUNNER_DRAIN_SECONDS").Should().Be($"{seconds}");
        worker.Env("DOTNET_SHUTDOWNTIMEOUTSECONDS").Should().Be($"{seconds + 5}");
        worker.PodSpec["terminationGracePeriodSeconds"].ShouldBe($"{seconds + 10}");
    }

    [Fact]
    public void Each_pool_has_its_own_number()
    {
        var manifests = Chart.Render("workers: { slow: { drainSeconds: 600 } }");

        manifests.Single("Deployment", pool: "slow").PodSpec["terminationGracePeriodSeconds"].ShouldBe("610");
        manifests.Single("Deployment", pool: "default").PodSpec["terminationGracePeriodSeconds"].ShouldBe("60");
    }

    [Fact]
    public void A_sleep_before_the_signal_is_added_to_the_grace()
    {
        var worker = Chart.Render("worker: { lifecycle: { preStop: { sleep: { seconds: 7 } } } }", new RenderOptions(KubeVersion: "1.30.0"))
            .Single("Deployment", component: "worker");

        worker.PodSpec["terminationGracePeriodSeconds"].ShouldBe("67");
        worker.Container["lifecycle"].ShouldBe("preStop: { sleep: { seconds: 7 } }");
    }

    [Fact]
    public void A_longer_grace_is_honoured() =>
        Chart.Render("worker: { terminationGracePeriodSeconds: 100 }").Single("Deployment", component: "worker")
            .PodSpec["terminationGracePeriodSeconds"].ShouldBe("100");

    [Theory]
    [InlineData("worker: { terminationGracePeriodSeconds: 59 }", 60, 50)]
    [InlineData("worker: { terminationGracePeriodSeconds: 60, lifecycle: { preStop: { sleep: { seconds: 1 } } } }", 61, 50)]
    [InlineData("worker: { terminationGracePeriodSeconds: 0, drainSeconds: 0 }", 10, 0)]
    public void A_grace_in_which_the_drain_does_not_fit_is_refused(string values, int needed, int drain) =>
        Chart.Refusal(values).Should().Contain($"must be at least {needed}, for a drain of {drain}");

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    public void Hooks_of_the_container_are_templated(string component) =>
        Chart.Render($"{component}: {{ lifecycle: {{ postStart: {{ exec: {{ command: [\"{{{{ .Release.Name }}}}\"] }} }} }} }}")
            .Single("Deployment", component: component).Container["lifecycle"].ShouldBe("postStart: { exec: { command: [demo] } }");

    [Fact]
    public void Notes_warn_of_a_drain_that_autoscalers_of_clusters_cut_short() =>
        Chart.Notes("worker: { drainSeconds: 601 }").Should().Contain("WARNING: pool default drains for 601 s");
}
