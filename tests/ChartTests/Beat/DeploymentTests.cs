using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Beat;

public sealed class DeploymentTests
{
    [Fact]
    public void One_beat_runs_and_is_stopped_before_the_next_starts()
    {
        var beat = Beat();

        beat.At("spec.replicas").ShouldBe("1");
        beat.At("spec.strategy").ShouldBe("type: Recreate");
    }

    [Fact]
    public void More_than_one_beat_is_allowed() => Beat("beat: { replicas: 3 }").At("spec.replicas").ShouldBe("3");

    [Fact]
    public void Zero_beats_are_zero_beats() => Beat("beat: { replicas: 0 }").At("spec.replicas").ShouldBe("0");

    [Fact]
    public void Beat_can_be_left_out()
    {
        var manifests = Chart.Render("beat: { enabled: false }");

        manifests.Should().NotContain(manifest => manifest.Component == "beat");
    }

    [Fact]
    public void Requests_and_limits_are_those_of_the_report() => Beat().Container["resources"].ShouldBe("""
        requests: { cpu: 100m, memory: 256Mi }
        limits: { cpu: 500m, memory: 512Mi }
        """);

    [Fact]
    public void Beat_gets_thirty_seconds_to_stop() => Beat().PodSpec["terminationGracePeriodSeconds"].ShouldBe("30");

    [Fact]
    public void The_program_is_told_to_be_beat() =>
        Beat("beat: { extraArgs: [--verbose] }").Container["args"].ShouldBe("[beat, --verbose]");

    [Fact]
    public void Beat_is_no_worker()
    {
        Beat().Env("TASKRUNNER_CONCURRENCY").Should().BeNull();
        Beat().Pool.Should().BeNull();
    }

    [Fact]
    public void Beats_avoid_each_other() =>
        Beat().PodSpec.At("affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector.matchLabels")
            .ShouldBe(Beat().At("spec.selector.matchLabels")!.ToJsonString());

    private static Manifest Beat(string values = "") => Chart.Render(values).Single("Deployment", component: "beat");
}
