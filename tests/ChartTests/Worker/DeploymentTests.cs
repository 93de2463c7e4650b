using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class DeploymentTests
{
    [Fact]
    public void Three_pods_run_by_default() => Worker().At("spec.replicas").ShouldBe("3");

    [Fact]
    public void Zero_pods_are_zero_pods() => Worker("worker: { replicas: 0 }").At("spec.replicas").ShouldBe("0");

    [Fact]
    public void A_pod_runs_four_tasks_at_a_time_by_default() => Worker().Env("TASKRUNNER_CONCURRENCY").Should().Be("4");

    [Fact]
    public void The_program_is_told_to_work_and_nothing_else() => Worker().Container["args"].ShouldBe("[worker]");

    [Fact]
    public void More_arguments_follow_the_verb() =>
        Worker("worker: { extraArgs: [--fair, --verbose] }").Container["args"].ShouldBe("[worker, --fair, --verbose]");

    [Fact]
    public void The_entry_point_is_the_image_s_own_so_that_any_image_with_tasks_fits() => Worker().Container["command"].Should().BeNull();

    [Fact]
    public void A_new_version_replaces_one_pod_at_a_time() => Worker().At("spec.strategy").ShouldBe("""
        type: RollingUpdate
        rollingUpdate: { maxSurge: 1, maxUnavailable: 1 }
        """);

    [Fact]
    public void A_strategy_takes_zero_and_percent() =>
        Worker("worker: { strategy: { rollingUpdate: { maxSurge: 25%, maxUnavailable: 0 } } }")
            .At("spec.strategy.rollingUpdate").ShouldBe("{ maxSurge: 25%, maxUnavailable: 0 }");

    [Fact]
    public void Recreate_renders_nothing_that_only_a_rolling_update_knows() =>
        Worker("worker: { strategy: { type: Recreate } }").At("spec.strategy").ShouldBe("type: Recreate");

    [Fact]
    public void A_revision_history_of_zero_is_honoured() =>
        Worker("worker: { revisionHistoryLimit: 0 }").At("spec.revisionHistoryLimit").ShouldBe("0");

    [Fact]
    public void Requests_and_limits_are_those_of_the_report() => Worker().Container["resources"].ShouldBe("""
        requests: { cpu: 300m, memory: 512Mi }
        limits: { cpu: 800m, memory: 1Gi }
        """);

    [Fact]
    public void A_limit_can_be_removed() =>
        Worker("worker: { resources: { limits: { cpu: null } } }").Container.At("resources.limits").ShouldBe("memory: 1Gi");

    [Fact]
    public void The_pod_gets_sixty_seconds_of_which_fifty_are_for_its_tasks()
    {
        Worker().PodSpec["terminationGracePeriodSeconds"].ShouldBe("60");
        Worker().Env("TASKRUNNER_DRAIN_SECONDS").Should().Be("50");
    }

    [Fact]
    public void A_long_drain_is_rendered_in_digits()
    {
        var worker = Worker("worker: { drainSeconds: 86400, terminationGracePeriodSeconds: 2000000 }");

        worker.Env("TASKRUNNER_DRAIN_SECONDS").Should().Be("86400");
        worker.PodSpec["terminationGracePeriodSeconds"].ShouldBe("2000000");
    }

    [Fact]
    public void No_drain_at_all_is_honoured() => Worker("worker: { drainSeconds: 0 }").Env("TASKRUNNER_DRAIN_SECONDS").Should().Be("0");

    [Fact]
    public void The_container_is_called_after_its_component() => Worker().Container["name"].ShouldBe("worker");

    [Fact]
    public void Settings_come_from_the_config_map() =>
        Worker().Container["envFrom"].ShouldBe("[{ configMapRef: { name: demo-taskrunner-config } }]");

    private static Manifest Worker(string values = "") => Chart.Render(values).Single("Deployment", component: "worker");
}
