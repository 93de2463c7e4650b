using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Migrate;

public sealed class JobTests
{
    [Fact]
    public void The_job_runs_the_migration_and_ends() => Job().Container["args"].ShouldBe("[migrate, --timeout=60s]");

    [Fact]
    public void The_job_is_no_hook_so_that_it_runs_while_helm_waits() => Job().At("metadata.annotations").Should().BeNull();

    [Fact]
    public void The_job_outlasts_a_database_that_is_still_starting()
    {
        Job().PodSpec["restartPolicy"].ShouldBe("OnFailure");
        ((long)Job().At("spec.backoffLimit")!).Should().BeGreaterThanOrEqualTo(10);
    }

    [Fact]
    public void No_retry_at_all_is_honoured() => Job("migrate: { backoffLimit: 0 }").At("spec.backoffLimit").ShouldBe("0");

    [Fact]
    public void The_finished_job_stays_unless_it_is_told_when_to_go()
    {
        Job().At("spec.ttlSecondsAfterFinished").Should().BeNull();
        Job("migrate: { ttlSecondsAfterFinished: 0 }").At("spec.ttlSecondsAfterFinished").ShouldBe("0");
    }

    [Fact]
    public void The_job_has_a_deadline_only_when_told_so()
    {
        Job().At("spec.activeDeadlineSeconds").Should().BeNull();
        Job("migrate: { activeDeadlineSeconds: 60 }").At("spec.activeDeadlineSeconds").ShouldBe("60");
    }

    [Fact]
    public void The_same_values_give_the_same_name() =>
        Job("migrate: { extraEnv: [{ name: A, value: a }] }").Name.Should().Be(Job("{ migrate: { extraEnv: [{ name: A, value: a }] } }").Name);

    [Theory]
    [InlineData("image: { tag: other }")]
    [InlineData("migrate: { backoffLimit: 3 }")]
    [InlineData("migrate: { resources: { limits: { memory: 1Gi } } }")]
    [InlineData("extraEnv: [{ name: A, value: b }]")]
    [InlineData("config: { logLevel: debug }")]
    [InlineData("database: { password: other }\npostgresql: { password: '' }")]
    public void Whatever_changes_the_job_changes_its_name_because_a_job_cannot_be_changed(string values) =>
        Job(values).Name.Should().NotBe(Job().Name).And.MatchRegex("^demo-taskrunner-migrate-[0-9a-f]{8}$");

    [Theory]
    [InlineData("worker: { replicas: 5 }")]
    [InlineData("beat: { schedules: { tick: { every: 1m, task: t } } }")]
    [InlineData("redis: { persistence: { enabled: false } }")]
    public void Whatever_has_nothing_to_do_with_the_job_leaves_it_alone(string values) => Job(values).Name.Should().Be(Job().Name);

    [Fact]
    public void A_new_version_of_the_chart_runs_the_migration_again()
    {

        var job = new Manifests(Chart.RenderText(string.Empty, new RenderOptions(), ChartCopy.MakeNewer()))
            .Single("Job");

        job.Name.Should().NotBe(Job().Name);
    }

    [Fact]
    public void The_job_can_be_left_out() => Chart.Render("migrate: { enabled: false }").Has("Job").Should().BeFalse();

    [Fact]
    public void The_job_serves_nothing_and_is_not_probed()
    {
        Job().Container["ports"].Should().BeNull();
        Job().Container.ToJsonString().Should().NotContain("Probe");
    }

    private static Manifest Job(string values = "") => Chart.Render(values).Single("Job", component: "migrate");
}
