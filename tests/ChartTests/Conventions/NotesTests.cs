using ChartTests.Kinds;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class NotesTests
{
    [Fact]
    public void Notes_say_what_was_installed()
    {
        var notes = Notes();

        notes.Should().Contain("release demo in namespace tasks")
            .And.Contain("workers default: 3 x 4 tasks at a time from default, backups")
            .And.Contain("beat: 0 declared schedules")
            .And.Contain("bundled Redis").And.Contain("bundled PostgreSQL");
    }

    [Theory]
    [InlineData("kubectl --namespace tasks get pods --selector app.kubernetes.io/instance=demo")]
    [InlineData("helm test demo --namespace tasks --logs")]
    [InlineData("kubectl --namespace tasks exec deployment/demo-taskrunner-beat -c beat -- /app/taskrunner enqueue debug.echo --queue default --arguments")]
    [InlineData("-- /app/taskrunner inspect ping")]
    public void Notes_say_what_to_do_next(string command) => Notes().Should().Contain(command);

    [Theory]
    [InlineData("", "WARNING: the bundled store redis is for trying out only")]
    [InlineData("redis: { persistence: { enabled: false } }", "WARNING: redis.persistence.enabled is false")]
    [InlineData("postgresql: { persistence: { enabled: false } }", "WARNING: postgresql.persistence.enabled is false")]
    [InlineData("migrate: { enabled: false }", "WARNING: migrate.enabled is false")]
    [InlineData("beat: { replicas: 2 }", "Note: beat.replicas is 2. That is safe")]
    [InlineData("workers: { slow: { drainSeconds: 700 } }", "WARNING: pool slow drains for 700 s")]
    [InlineData("worker: { resources: { limits: null } }", "WARNING: pool default has no memory limit")]
    [InlineData("networkPolicy: { enabled: true }", "Note: networkPolicy.enabled lets workers reach DNS and the stores only")]
    [InlineData("image: { tag: latest }", "WARNING: image.tag is latest")]
    public void Notes_warn_about_what_is_risky(string values, string warning) => Notes(values).Should().Contain(warning);

    [Fact]
    public void Notes_say_how_many_pods_a_pool_that_scales_may_have() =>
        Notes("worker: { autoscaling: { type: keda, minReplicas: 0, maxReplicas: 7 } }").Should().Contain("workers default: 0 to 7 x 4 tasks at a time");

    [Fact]
    public void Notes_warn_about_nothing_in_production() => Notes("""
        redis: { enabled: false }
        postgresql: { enabled: false }
        broker: { host: r, password: p }
        database: { host: p, password: p }
        """).Should().NotContain("WARNING").And.NotContain("Note:");

    [Theory]
    [InlineData("enabled: false")]
    [InlineData("replicas: 0")]
    public void Without_a_pod_of_beat_notes_name_a_pool_that_is_there(string beat) =>
        Notes($"beat: {{ {beat} }}\nworkers: {{ default: null, zebra: {{}} }}").Should().Contain("deployment/demo-taskrunner-worker-zebra -c worker").And.NotContain("default:");

    [Theory]
    [InlineData("", true)]
    [InlineData("beat: { strategy: { type: Recreate }, replicas: 2 }", true)]
    [InlineData("beat: { strategy: RollingUpdate }", false)]
    [InlineData("beat: { strategy: { type: RollingUpdate } }", false)]
    [InlineData("beat: { replicas: 2 }", false)]
    [InlineData("beat: { enabled: false }", false)]
    public void Notes_say_what_it_costs_to_stop_beat_first(string values, bool said) =>
        Notes(values).Contains("An upgrade stops beat before the next one starts", StringComparison.Ordinal).Should().Be(said);

    [Theory]
    [InlineData("workers: { gpu: { queues: [inference] } }", true)]
    [InlineData("workers: { default: { queues: [a, inference] }, gpu: { queues: [inference] } }", false)]
    [InlineData("workers: { default: { enabled: false }, gpu: { queues: [inference, a] } }", false)]
    [InlineData("workers: { other: {} }", false)]
    public void Notes_say_that_a_pool_without_queues_takes_those_of_others(string values, bool said)
    {
        var notes = Notes($"queues: [a, inference]\n{values}");

        notes.Contains("Note: pool default serves all queues, also inference of the pool gpu.", StringComparison.Ordinal).Should().Be(said);
    }

    [Theory]
    [InlineData(200, "--logs\n")]
    [InlineData(600, "--logs --timeout 700s\n")]
    public void Notes_give_helm_the_time_that_the_test_may_take(int seconds, string end) =>
        Notes($"test: {{ timeoutSeconds: {seconds} }}").Should().Contain($"helm test demo --namespace tasks {end}");

    [Fact]
    public void Notes_enqueue_to_a_queue_that_is_there() =>
        Notes("queues: [payments]").Should().Contain("enqueue debug.echo --queue payments ");

    [Theory]
    [InlineData("worker: { lifecycle: { preStop: { sleep: { seconds: 3 } } } }", "1.29.0", true)]
    [InlineData("worker: { lifecycle: { preStop: { sleep: { seconds: 3 } } } }", "1.30.0", false)]
    [InlineData("worker: { lifecycle: { preStop: { exec: { command: [a] } } } }", "1.29.0", false)]
    public void Notes_warn_of_a_sleep_that_an_old_cluster_refuses(string values, string version, bool warned) =>
        Chart.Notes(values, new(KubeVersion: version)).Contains("lifecycle.preStop.sleep", StringComparison.Ordinal).Should().Be(warned);

    [Fact]
    public void Notes_break_nothing_where_the_templates_refuse_to_be_without_a_pool() =>
        Verdict.Of(new RenderRequest("worker: { enabled: false }", new(CiCase: "idle-first-values.yaml"))).Should().BeNull();

    [Fact]
    public void Notes_tell_no_password() => Notes().Should().NotContain("secret-value");

    private static string Notes(string values = "") => Chart.Notes(values);
}
