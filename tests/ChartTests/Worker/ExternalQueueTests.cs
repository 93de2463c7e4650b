using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

/// <summary>Queues of the same broker that another release serves.</summary>
public sealed class ExternalQueueTests
{
    [Fact]
    public void They_may_be_routed_to_and_scheduled_and_need_no_pool()
    {
        var manifests = Chart.Render("""
            queues: [default]
            externalQueues: [dc1]
            routes: [{ tasks: "dc1.*", queue: dc1 }]
            beat: { schedules: { report: { every: 1h, task: t, queue: dc1 } } }
            metrics: { rules: { enabled: true } }
            """);

        manifests.Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_QUEUES").Should().Be("default,dc1", "beat shows its metrics");
        manifests.Single("Deployment", component: "worker").Env("TASKRUNNER_QUEUES").Should().Be("default");
        manifests.Single("Pod").Container["args"].ShouldBe("[doctor, --queues, default, --timeout, 120s]");
        manifests.Single("PrometheusRule").Content.ToJsonString().Should().NotContain("No worker serves the queue dc1");
    }

    [Theory]
    [InlineData("{ queues: [a], externalQueues: [a] }", "externalQueues names \"a\", which is in queues, too: remove it from one of them.")]
    [InlineData("{ queues: [a], externalQueues: [b], workers: { default: { queues: [a, b] } } }", "workers.default.queues names \"b\", which is not in queues")]
    [InlineData("{ queues: [a, b], workers: { default: { queues: [a] } } }", "when another release serves them, put them from queues to externalQueues.")]
    [InlineData("{ queues: [a], routes: [{ tasks: x, queue: b }] }", "add it there, or to externalQueues when another release serves it, or set another queue.")]
    public void A_queue_is_of_this_release_or_of_another(string values, string sentence) => Chart.Refusal(values).Should().Contain(sentence);
}
