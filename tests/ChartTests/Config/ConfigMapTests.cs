using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

public sealed class ConfigMapTests
{
    [Theory]
    [InlineData("", "TASKRUNNER_QUEUES", "default,backups,pricing,reports,notifications,accounting,monitoring,webhooks")]
    [InlineData("queues: [a, b]", "TASKRUNNER_QUEUES", "a,b")]
    [InlineData("", "TASKRUNNER_NAMESPACE", "default")]
    [InlineData("", "TASKRUNNER_LEASE_SECONDS", "10")]
    [InlineData("config: { leaseSeconds: 30 }", "TASKRUNNER_LEASE_SECONDS", "30")]
    [InlineData("", "TASKRUNNER_RESULT_TTL_SECONDS", "86400")]
    [InlineData("config: { resultTtlSeconds: 31536000 }", "TASKRUNNER_RESULT_TTL_SECONDS", "31536000")]
    [InlineData("", "TASKRUNNER_MAX_PAYLOAD_BYTES", "262144")]
    [InlineData("config: { maxPayloadBytes: 8388608 }", "TASKRUNNER_MAX_PAYLOAD_BYTES", "8388608")]
    [InlineData("", "TASKRUNNER_TICK_TTL_SECONDS", "604800")]
    [InlineData("config: { tickTtlSeconds: 31536000 }", "TASKRUNNER_TICK_TTL_SECONDS", "31536000")]
    [InlineData("", "TASKRUNNER_DEAD_MAX_TASKS", "10000")]
    [InlineData("config: { dead: { maxTasks: 0 } }", "TASKRUNNER_DEAD_MAX_TASKS", "0")]
    [InlineData("config: { dead: { maxBytes: 2147483647 } }", "TASKRUNNER_DEAD_MAX_BYTES", "2147483647")]
    [InlineData("config: { dead: { maxAgeSeconds: 315360000 } }", "TASKRUNNER_DEAD_MAX_AGE_SECONDS", "315360000")]
    [InlineData("", "TASKRUNNER_RETRY_BUDGET_PERCENT", "0")]
    [InlineData("config: { retryBudgetPercent: 25 }", "TASKRUNNER_RETRY_BUDGET_PERCENT", "25")]
    [InlineData("", "TASKRUNNER_LOG_LEVEL", "information")]
    [InlineData("config: { logLevel: warning }", "TASKRUNNER_LOG_LEVEL", "warning")]
    [InlineData("", "TASKRUNNER_LOG_FORMAT", "json")]
    [InlineData("config: { logFormat: text }", "TASKRUNNER_LOG_FORMAT", "text")]
    [InlineData("", "TASKRUNNER_DEBUG_TASKS", "true")]
    [InlineData("config: { debugTasks: false }", "TASKRUNNER_DEBUG_TASKS", "false")]
    [InlineData("", "TASKRUNNER_HTTP_PORT", "8000")]
    public void A_setting_becomes_a_variable(string values, string name, string expected) =>
        Chart.Render(values).Single("ConfigMap", name: "-config").At("data")![name].ShouldBe($"\"{expected}\"");

    [Theory]
    [InlineData("config: { logLevel: debug }", "checksum/config")]
    [InlineData("broker: { namespace: other }", "checksum/config")]
    [InlineData("redis: { password: other }", "checksum/credentials")]
    public void A_changed_setting_replaces_workers_and_beat(string values, string checksum)
    {
        foreach (var component in new[] { "worker", "beat" })
        {
            var before = Chart.Render().Single("Deployment", component: component).PodAnnotations[checksum];
            var after = Chart.Render(values).Single("Deployment", component: component).PodAnnotations[checksum];

            after!.ToString().Should().NotBe(before!.ToString()).And.MatchRegex("^[0-9a-f]{64}$");
        }
    }

    [Fact]
    public void A_new_version_of_the_chart_alone_replaces_no_worker()
    {
        var after = new Manifests(Chart.RenderText(string.Empty, new RenderOptions(), ChartCopy.MakeNewer()));

        after.Single("ConfigMap", name: "-config").At("metadata.labels")!["helm.sh/chart"].ShouldBe("taskrunner-999.0.0");
        after.Single("Deployment", component: "worker").Pod!.ToJsonString()
            .Should().Be(Chart.Render().Single("Deployment", component: "worker").Pod!.ToJsonString());
    }
}
