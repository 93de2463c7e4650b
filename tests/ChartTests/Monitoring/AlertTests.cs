using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Monitoring;

/// <summary>Each alert as Prometheus evaluates it: it fires when it should, for the queue or pool that it is about, and is quiet else.</summary>
public sealed class AlertTests
{
    private const string ScalesToZero = "worker: { autoscaling: { type: keda, minReplicas: 0 } }";

    private const string Retries = """
        taskrunner_tasks_finished_total{namespace="tasks",queue="a",outcome="retried"} 0+10x60
        taskrunner_tasks_finished_total{namespace="tasks",queue="a",outcome="succeeded"} 0+2x60
        taskrunner_tasks_finished_total{namespace="tasks",queue="b",outcome="retried"} 0+2x60
        taskrunner_tasks_finished_total{namespace="tasks",queue="b",outcome="succeeded"} 0+10x60
        """;

    private const string Busy = """
        taskrunner_tasks_running{namespace="tasks",taskrunner_dev_pool="default",pod="w-1"} 4x60
        taskrunner_tasks_running{namespace="tasks",taskrunner_dev_pool="default",pod="w-2"} 4x60
        taskrunner_worker_concurrency{namespace="tasks",taskrunner_dev_pool="default",pod="w-1"} 4x60
        taskrunner_worker_concurrency{namespace="tasks",taskrunner_dev_pool="default",pod="w-2"} 4x60
        taskrunner_tasks_running{namespace="tasks",taskrunner_dev_pool="bulk",pod="w-3"} 0x60
        taskrunner_worker_concurrency{namespace="tasks",taskrunner_dev_pool="bulk",pod="w-3"} 4x60
        """;

    public static TheoryData<string> Cases => [.. CiCases.Names.Where(file => (bool?)CiCases.Values(file).At("metrics.rules.enabled") == true)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Prometheus_takes_the_rules_of_every_case(string file)
    {
        foreach (var rule in CiCases.Render(file).All("PrometheusRule"))
        {
            Promtool.Check(rule.At("spec")!).Should().BeNull();
        }
    }

    [Fact]
    public void Prometheus_would_not_take_a_wrong_rule() =>
        Promtool.Check(JsonNode.Parse("""{ "groups": [{ "name": "a", "rules": [{ "alert": "A", "expr": "max by (" }] }] }""")!).Should().Contain("parse error");

    [Theory]
    [InlineData("700x30", 4, false)]
    [InlineData("700x30", 5, true)]
    [InlineData("600x30", 20, false)]
    [InlineData("700x10 0x20", 20, false)]
    public void A_task_that_waits_for_long_is_told_after_some_minutes(string values, int minute, bool fires) =>
        Ask("", "TaskRunnerOldestTask", $$"""taskrunner_queue_oldest_seconds{namespace="tasks",queue="a"} {{values}}""", minute, fires, "queue=\"a\"");

    [Fact]
    public void A_threshold_of_the_user_counts() => Ask(
        "metrics: { rules: { alerts: { oldestTask: { threshold: 60, for: 1m } } } }",
        "TaskRunnerOldestTask", """taskrunner_queue_oldest_seconds{namespace="tasks",queue="a"} 61x10""", 2, true, "queue=\"a\"");

    [Fact]
    public void Another_release_that_is_late_is_none_of_ours() =>
        Ask("", "TaskRunnerOldestTask", """taskrunner_queue_oldest_seconds{namespace="other",queue="a"} 9000x30""", 20, false);

    [Theory]
    [InlineData("_ _ _ 1x30", 4, true)]
    [InlineData("_ _ _ 1x30", 25, false)]
    [InlineData("5x60", 40, false)]
    [InlineData("5x20 6x40", 22, true)]
    [InlineData("5x20 6x40", 45, false)]
    [InlineData("5x20 _x30", 30, false)]
    [InlineData("0x60", 30, false)]
    public void A_task_that_dies_is_told_once(string values, int minute, bool fires) => Ask(
        "",
        "TaskRunnerDeadTasks",
        $$"""taskrunner_tasks_finished_total{namespace="tasks",queue="a",outcome="dead",pod="w-1"} {{values}}""",
        minute,
        fires,
        "queue=\"a\"");

    [Fact]
    public void A_task_that_succeeds_is_not_dead() =>
        Ask("", "TaskRunnerDeadTasks", """taskrunner_tasks_finished_total{namespace="tasks",queue="a",outcome="succeeded"} 0+5x40""", 30, false);

    [Theory]
    [InlineData("", 9, false)]
    [InlineData("", 25, true)]
    [InlineData("metrics: { rules: { alerts: { retryStorm: { threshold: 0.9 } } } }", 25, false)]
    public void Attempts_that_mostly_fail_are_told_for_their_queue(string values, int minute, bool fires) =>
        Ask(values, "TaskRunnerRetryStorm", Retries, minute, fires, "queue=\"a\"");

    [Fact]
    public void A_queue_without_attempts_has_no_storm() =>
        Ask("", "TaskRunnerRetryStorm", """taskrunner_tasks_finished_total{namespace="tasks",queue="a",outcome="retried"} 7x60""", 40, false);

    [Theory]
    [InlineData("""taskrunner_beat_overdue_seconds{namespace="tasks",pod="b"} 61x20""", 1, false, "")]
    [InlineData("""taskrunner_beat_overdue_seconds{namespace="tasks",pod="b"} 61x20""", 2, true, "")]
    [InlineData("""taskrunner_beat_overdue_seconds{namespace="tasks",pod="b"} 60x20""", 10, false, "")]
    [InlineData("""taskrunner_beat_overdue_seconds{namespace="other",pod="b"} 0x20""", 10, true, "namespace=\"tasks\"")]
    [InlineData("""taskrunner_beat_overdue_seconds{namespace="tasks",pod="b"} 0x5 _x20""", 20, true, "namespace=\"tasks\"")]
    public void A_beat_that_is_late_or_gone_is_told(string series, int minute, bool fires, string labels) =>
        Ask("", "TaskRunnerBeatStale", series, minute, fires, labels);

    [Theory]
    [InlineData("", 14, false)]
    [InlineData("", 15, true)]
    public void A_pool_that_is_always_busy_is_told_for_itself(string values, int minute, bool fires) =>
        Ask(values, "TaskRunnerSaturation", Busy, minute, fires, "taskrunner_dev_pool=\"default\"");

    [Fact]
    public void A_pool_with_a_free_place_is_not_busy()
    {
        const string Second = "taskrunner_tasks_running{namespace=\"tasks\",taskrunner_dev_pool=\"default\",pod=\"w-2\"}";

        Ask("", "TaskRunnerSaturation", Busy.Replace($"{Second} 4x60", $"{Second} 3x60", StringComparison.Ordinal), 30, false);
    }

    [Theory]
    [InlineData("", "0x20", 2, false)]
    [InlineData("", "0x20", 4, true)]
    [InlineData("", "1x20", 10, false)]
    [InlineData("", "1x5 _x20", 20, true)]
    [InlineData(ScalesToZero, "0x20", 10, false)]
    public void A_queue_that_nobody_serves_is_told(string values, string workers, int minute, bool fires) => Ask(
        $"queues: [a]\n{values}",
        "TaskRunnerNoConsumer",
        $$"""taskrunner_queue_workers{namespace="tasks",queue="a",pod="b"} {{workers}}""",
        minute,
        fires,
        "queue=\"a\"");

    [Theory]
    [InlineData("3x20", "0x20", true)]
    [InlineData("3x20", "1x20", false)]
    [InlineData("3x20", "_x20", true)]
    [InlineData("0x20", "_x20", false)]
    public void A_pool_that_scales_to_zero_is_missed_while_tasks_wait(string waiting, string workers, bool fires)
    {
        var series = $$"""
            taskrunner_queue_tasks{namespace="tasks",queue="a",state="waiting"} {{waiting}}
            taskrunner_queue_workers{namespace="tasks",queue="a"} {{workers}}
            """;

        Ask($"queues: [a]\n{ScalesToZero}", "TaskRunnerNoConsumer", series, 10, fires, "queue=\"a\"");
    }

    [Fact]
    public void Of_two_queues_the_one_without_workers_is_told()
    {
        const string Series = """
            taskrunner_queue_workers{namespace="tasks",queue="a"} 2x20
            taskrunner_queue_workers{namespace="tasks",queue="b.c"} 0x20
            """;

        Ask("queues: [a, b.c]", "TaskRunnerNoConsumer", Series, 10, true, "queue=\"b.c\"");
    }

    [Theory]
    [InlineData("SELECTOR")]
    [InlineData("THRESHOLD")]
    [InlineData("QUEUE")]
    public void A_queue_may_be_named_like_a_word_of_the_rules(string queue) => Ask(
        $"queues: [{queue}]",
        "TaskRunnerNoConsumer",
        $$"""taskrunner_queue_workers{namespace="tasks",queue="{{queue}}"} 0x20""",
        10,
        true,
        $"queue=\"{queue}\"");

    [Theory]
    [InlineData("team=\"THRESHOLD QUEUE RELEASE\"")]
    [InlineData("team=~\"a\\\\.b|<threshold><release>\"")]
    public void A_selector_of_the_user_arrives_as_it_is(string selector)
    {
        var metrics = new JsonObject
        {
            ["selector"] = selector,
            ["rules"] = new JsonObject { ["enabled"] = true },
            ["dashboard"] = new JsonObject { ["enabled"] = true },
        };
        var rendered = Chart.Render(new JsonObject { ["metrics"] = metrics }.ToJsonString());
        var rules = rendered.Single("PrometheusRule").At("spec")!;
        var dashboard = JsonNode.Parse((string)rendered.Single("ConfigMap", name: "dashboard").At("data")!.AsObject().Single().Value!)!;

        var alerts = Expressions(rules["groups"]![0]!["rules"]!.AsArray());
        var queries = Expressions(dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]!.AsArray()));
        var selected = $"{{{selector}";

        Promtool.Check(rules).Should().BeNull();
        alerts.Concat(queries).Should().OnlyContain(expression => expression.Contains(selected, StringComparison.Ordinal));
    }

    private static List<string> Expressions(IEnumerable<JsonNode?> of) => [.. of.Select(entry => (string)entry!["expr"]!)];

    private static void Ask(string values, string alert, string series, int minute, bool fires, string labels = "")
    {
        var all = Yaml.Parse(values) as JsonObject ?? [];
        var metrics = (all["metrics"] ??= new JsonObject()).AsObject();
        (metrics["rules"] ??= new JsonObject()).AsObject()["enabled"] = true;
        var rules = Chart.Render(all.ToJsonString()).Single("PrometheusRule").At("spec")!;
        // All alerts of the name, without what every alert of this release says.
        var selector = $"alertname=\"{alert}\",alertstate=\"firing\",release=\"demo\",severity=~\"warning|critical\"";
        var firing = $"max without (alertname, alertstate, release, severity) (ALERTS{{{selector}}})";

        Promtool.Test(rules, series, minute, firing, fires ? [$"{{{labels}}}"] : []).Should().BeNull();
    }
}
