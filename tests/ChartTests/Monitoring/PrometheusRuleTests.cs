using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Monitoring;

public sealed class PrometheusRuleTests
{
    public static TheoryData<string, string> Alerts => new()
    {
        { "oldestTask", "TaskRunnerOldestTask" },
        { "deadTasks", "TaskRunnerDeadTasks" },
        { "retryStorm", "TaskRunnerRetryStorm" },
        { "noConsumer", "TaskRunnerNoConsumer" },
        { "beatStale", "TaskRunnerBeatStale" },
        { "saturation", "TaskRunnerSaturation" },
    };

    [Theory]
    [MemberData(nameof(Alerts))]
    public void Every_alert_says_what_is_wrong_and_how_bad_it_is(string key, string alert)
    {
        var rule = Rules("queues: [a]").Single(item => (string?)item["alert"] == alert);

        rule.At("annotations.summary").Should().NotBeNull();
        rule.At("annotations.description").Should().NotBeNull();
        ((string?)rule.At("labels.severity")).Should().BeOneOf("warning", "critical");
        Rules($"metrics: {{ rules: {{ alerts: {{ {key}: {{ severity: page, for: 42m }} }} }} }}").First(item => (string?)item["alert"] == alert)["for"].ShouldBe("42m");
    }

    [Theory]
    [MemberData(nameof(Alerts))]
    public void Every_alert_can_be_left_out(string key, string alert) =>
        Rules($"metrics: {{ rules: {{ alerts: {{ {key}: {{ enabled: false }} }} }} }}").Should().NotContain(item => (string?)item["alert"] == alert);

    [Theory]
    [InlineData("oldestTask", "TaskRunnerOldestTask", "> 0")]
    [InlineData("deadTasks", "TaskRunnerDeadTasks", "> 0")]
    [InlineData("retryStorm", "TaskRunnerRetryStorm", "> 0")]
    [InlineData("beatStale", "TaskRunnerBeatStale", "> 0 or absent")]
    [InlineData("saturation", "TaskRunnerSaturation", "> 0")]
    public void A_threshold_of_zero_is_honoured(string key, string alert, string expected) =>
        ((string?)Rules($"metrics: {{ rules: {{ alerts: {{ {key}: {{ threshold: 0 }} }} }} }}").Single(item => (string?)item["alert"] == alert)["expr"])
            .Should().Contain(expected);

    [Fact]
    public void The_first_task_that_dies_is_counted_though_its_series_has_never_been_lower()
    {
        const string Dead = "taskrunner_tasks_finished_total{namespace=\"tasks\",outcome=\"dead\"}";

        ((string?)Rules("metrics: {}").Single(item => (string?)item["alert"] == "TaskRunnerDeadTasks")["expr"]).Should().Be(
            $"sum by (queue) ( increase({Dead}[15m]) and {Dead} offset 15m or {Dead} unless {Dead} offset 15m ) > 0");
    }

    [Fact]
    public void Every_queue_has_an_alert_of_its_own_about_its_workers() =>
        Rules("queues: [a, b.c]").Where(item => (string?)item["alert"] == "TaskRunnerNoConsumer").Select(item => (string?)item["expr"]).Should().Equal(
            "absent(max(taskrunner_queue_workers{namespace=\"tasks\",queue=\"a\"}) > 0)",
            "absent(max(taskrunner_queue_workers{namespace=\"tasks\",queue=\"b.c\"}) > 0)");

    [Fact]
    public void A_pool_that_may_scale_to_zero_owes_a_worker_only_while_tasks_wait() =>
        ((string?)Rules("queues: [a]\nworker: { autoscaling: { type: keda, minReplicas: 0 } }").Single(item => (string?)item["alert"] == "TaskRunnerNoConsumer")["expr"])
            .Should().Be("max(taskrunner_queue_tasks{namespace=\"tasks\",queue=\"a\",state=\"waiting\"}) > 0 unless on() max(taskrunner_queue_workers{namespace=\"tasks\",queue=\"a\"}) > 0");

    [Fact]
    public void Without_beat_nobody_is_told_that_it_is_missing() =>
        Rules("beat: { enabled: false }").Should().NotContain(item => (string?)item["alert"] == "TaskRunnerBeatStale");

    [Theory]
    [InlineData("scrape: annotations", "namespace=\"tasks\"}")]
    [InlineData("scrape: podMonitor", "namespace=\"tasks\",job=\"demo\",app_kubernetes_io_name=\"taskrunner\"}")]
    [InlineData("selector: 'ns=\"{{ .Release.Namespace }}\"'", "{ns=\"tasks\"}")]
    public void Alerts_look_at_this_release_only(string metrics, string expected) =>
        ((string?)Rules($"metrics: {{ {metrics} }}").First()["expr"]).Should().Contain(expected);

    [Fact]
    public void Labels_and_groups_of_the_user_are_there()
    {
        var rule = Chart.Render("""
            metrics:
              rules:
                enabled: true
                labels: { pick: me }
                alertLabels: { team: "{{ .Release.Name }}" }
                additionalGroups: [{ name: mine, rules: [{ record: a, expr: "1" }] }]
            """).Single("PrometheusRule");

        rule.At("metadata.labels.pick").ShouldBe("me");
        rule.At("spec.groups[0].rules[0].labels.team").ShouldBe("demo");
        rule.At("spec.groups[1]").ShouldBe("{ name: mine, rules: [{ record: a, expr: '1' }] }");
    }

    [Fact]
    public void There_are_none_unless_they_are_asked_for() => Chart.Render().Has("PrometheusRule").Should().BeFalse();

    [Theory]
    [InlineData("[{ name: a, rules: [] }, { name: a, rules: [] }]", "a")]
    [InlineData("[{ name: demo-taskrunner.taskrunner, rules: [] }]", "demo-taskrunner.taskrunner")]
    public void Groups_of_one_name_are_refused(string groups, string name) =>
        Chart.Refusal($"metrics: {{ rules: {{ enabled: true, additionalGroups: {groups} }} }}").Should().Contain($"- metrics.rules.additionalGroups has the name \"{name}\" twice, or the chart has it");

    private static IEnumerable<JsonObject> Rules(string values)
    {
        var all = Yaml.Parse(values)!.AsObject();
        var metrics = (all["metrics"] ??= new JsonObject()).AsObject();
        (metrics["rules"] ??= new JsonObject()).AsObject()["enabled"] = true;
        return Chart.Render(all.ToJsonString()).Single("PrometheusRule").At("spec.groups[0].rules")!.AsArray().Select(item => item!.AsObject());
    }
}
