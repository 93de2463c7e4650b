using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Kinds;

/// <summary>What Kubernetes would refuse, or never start, after the chart was taken: the schema says it first.</summary>
public sealed class LateFailureTests
{
    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";

    [Theory]
    [InlineData("image: { tag: v1+build }", "image.tag")]
    [InlineData("image: { tag: ':x' }", "image.tag")]
    [InlineData("image: { registry: 'https://r.example/' }", "image.registry")]
    [InlineData("worker: { image: { repository: Shop/Tasks } }", "worker.image.repository")]
    [InlineData("affinity: { nodeAffinity: { REQUIRED: { nodeSelectorTerms: [{ matchExpressions: [{ key: a, operator: In }] }] } } }", "affinity.nodeAffinity")]
    [InlineData("affinity: { nodeAffinity: { REQUIRED: { nodeSelectorTerms: [{ matchExpressions: [{ key: a, operator: Exists, values: [b] }] }] } } }", "affinity.nodeAffinity")]
    [InlineData("affinity: { podAntiAffinity: { REQUIRED: [{ labelSelector: {} }] } }", "affinity.podAntiAffinity")]
    [InlineData("redis: { persistence: { accessModes: [ReadWriteOncePod, ReadWriteOnce] } }", "redis.persistence.accessModes")]
    [InlineData("worker: { lifecycle: { preStop: { tcpSocket: { port: a-name-of-17-char } } } }", "worker.lifecycle.preStop.tcpSocket.port")]
    [InlineData("broker: { tls: { enabled: true, caBundles: [{ configMap: '' }] } }", "broker.tls.caBundles")]
    public void It_is_refused_with_its_key(string values, string key) =>
        Chart.Refusal(values.Replace("REQUIRED", Required, StringComparison.Ordinal)).Should().Contain(key);

    [Theory]
    [InlineData("image: { registry: 'localhost:5000' }")]
    [InlineData("image: { registry: '[::1]:5000/team' }")]
    [InlineData("image: { repository: my_app/b__c.d, tag: 1.2.3-rc_1 }")]
    [InlineData("affinity: { nodeAffinity: { REQUIRED: { nodeSelectorTerms: [{ matchExpressions: [{ key: a, operator: Gt, values: ['1'] }] }] } } }")]
    [InlineData("affinity: { podAntiAffinity: { REQUIRED: [{ topologyKey: '{{ .Release.Name }}', labelSelector: { matchLabels: { a: b } } }] } }")]
    [InlineData("redis: { persistence: { accessModes: [ReadWriteOnce, ReadWriteMany] } }")]
    public void What_Kubernetes_takes_is_taken(string values) =>
        Chart.Render(values.Replace("REQUIRED", Required, StringComparison.Ordinal)).Has("Deployment").Should().BeTrue();

    [Fact]
    public void An_empty_list_of_scrapers_lets_nobody_in()
    {
        var policy = Chart.Render("networkPolicy: { enabled: true, metricsFrom: [] }").Single("NetworkPolicy", component: "beat");

        policy.At("spec.ingress").Should().BeNull();
        policy.At("spec.policyTypes").ShouldBe("[Ingress, Egress]");
    }

    [Fact]
    public void The_word_none_in_a_budget_of_beat_is_no_number() =>
        Chart.Render("beat: { replicas: 2, podDisruptionBudget: { minAvailable: none } }")
            .Single("PodDisruptionBudget", component: "beat").At("spec.maxUnavailable").ShouldBe("1");

    [Fact]
    public void A_rolling_update_of_beat_is_one_without_its_type() =>
        Chart.Render("beat: { strategy: { rollingUpdate: { maxSurge: 2 } } }")
            .Single("Deployment", component: "beat").At("spec.strategy").ShouldBe("{ type: RollingUpdate, rollingUpdate: { maxSurge: 2 } }");
}
