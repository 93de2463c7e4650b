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
    public void Of_more_than_one_beat_some_always_run()
    {
        var beat = Beat("beat: { replicas: 3 }");

        beat.At("spec.replicas").ShouldBe("3");
        beat.At("spec.strategy").ShouldBe("{ type: RollingUpdate, rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }");
    }

    [Theory]
    [InlineData("beat: { strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 0 } } }", "{ type: RollingUpdate, rollingUpdate: { maxSurge: 0 } }")]
    [InlineData("beat: { strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }", "{ type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }")]
    [InlineData("beat: { strategy: { type: RollingUpdate } }", "{ type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }")]
    [InlineData("beat: { strategy: RollingUpdate }", "{ type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }")]
    [InlineData("beat: { replicas: 3, strategy: RollingUpdate }", "{ type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }")]
    [InlineData("beat: { replicas: 3, strategy: Recreate }", "type: Recreate")]
    [InlineData("beat: { replicas: 2, strategy: { type: Recreate } }", "type: Recreate")]
    public void A_strategy_of_the_user_is_taken(string values, string expected) => Beat(values).At("spec.strategy").ShouldBe(expected);

    [Fact]
    public void A_strategy_that_could_replace_no_pod_is_refused() =>
        Chart.Refusal("beat: { strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }")
            .Should().Contain("- beat.strategy.rollingUpdate.maxSurge and maxUnavailable are both 0: no pod could ever be replaced.");

    [Theory]
    [InlineData("beat: { replicas: 1 }", 0)]
    [InlineData("beat: { replicas: 2 }", 1)]
    [InlineData("beat: { replicas: 2, podDisruptionBudget: { enabled: false } }", 0)]
    [InlineData("beat: { replicas: 2, enabled: false }", 0)]
    public void More_than_one_beat_has_a_budget_and_a_single_one_has_none(string values, int budgets) =>
        Chart.Render($"worker: {{ podDisruptionBudget: {{ enabled: false }} }}\n{values}").All("PodDisruptionBudget").Should().HaveCount(budgets);

    [Fact]
    public void The_budget_of_beat_is_for_its_pods()
    {
        var manifests = Chart.Render("beat: { replicas: 2, podDisruptionBudget: { minAvailable: 1 } }");
        var budget = manifests.Single("PodDisruptionBudget", component: "beat");

        budget.At("spec.minAvailable").ShouldBe("1");
        budget.At("spec.selector").ShouldBe(manifests.Single("Deployment", component: "beat").At("spec.selector")!.ToJsonString());
    }

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
