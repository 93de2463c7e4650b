using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class DisruptionBudgetTests
{
    [Fact]
    public void One_pod_of_a_pool_may_be_evicted_at_a_time()
    {
        var manifests = Chart.Render();
        var budget = manifests.Single("PodDisruptionBudget", component: "worker");

        budget.At("spec.maxUnavailable").ShouldBe("1");
        budget.At("spec.selector").ShouldBe(manifests.Single("Deployment", component: "worker").At("spec.selector")!.ToJsonString());
    }

    [Theory]
    [InlineData("worker: { replicas: 1 }")]
    [InlineData("worker: { replicas: 0 }")]
    [InlineData("worker: { podDisruptionBudget: { enabled: false } }")]
    public void There_is_no_budget_where_it_would_block_a_drain_or_is_not_wanted(string values) =>
        Chart.Render(values).All("PodDisruptionBudget").Should().BeEmpty();

    [Theory]
    [InlineData("maxUnavailable: 50%", "maxUnavailable", "50%")]
    [InlineData("minAvailable: 2", "minAvailable", "2")]
    [InlineData("minAvailable: 0", "minAvailable", "0")]
    public void Numbers_zero_and_percent_are_honoured(string setting, string key, string expected)
    {
        var spec = Chart.Render($"worker: {{ podDisruptionBudget: {{ {setting} }} }}").Single("PodDisruptionBudget").At("spec")!.AsObject();

        spec[key].ShouldBe(expected);
        spec.Should().HaveCount(2, "only one of minAvailable and maxUnavailable may be there");
    }

    [Fact]
    public void Every_pool_has_a_budget_of_its_own()
    {
        var budgets = Chart.Render("workers: { slow: { replicas: 2 }, single: { replicas: 1 } }").All("PodDisruptionBudget");

        budgets.Select(budget => budget.Pool).Should().BeEquivalentTo("default", "slow");
    }

    [Theory]
    [InlineData("1.20.0", "policy/v1beta1")]
    [InlineData("1.21.0", "policy/v1")]
    [InlineData("1.36.2", "policy/v1")]
    public void The_API_is_one_that_the_cluster_knows(string kubernetes, string expected) =>
        Chart.Render(options: new RenderOptions(KubeVersion: kubernetes)).Single("PodDisruptionBudget").ApiVersion.Should().Be(expected);

    [Theory]
    [InlineData("{ type: hpa, minReplicas: 1, maxReplicas: 5 }", 1)]
    [InlineData("{ type: keda, minReplicas: 0, maxReplicas: 5 }", 1)]
    [InlineData("{ type: hpa, minReplicas: 1, maxReplicas: 1 }", 0)]
    public void A_pool_that_scales_has_a_budget_as_soon_as_it_may_have_more_than_one_pod(string autoscaling, int budgets) =>
        Chart.Render($"worker: {{ replicas: 1, autoscaling: {autoscaling} }}").All("PodDisruptionBudget").Should().HaveCount(budgets);

    [Theory]
    [InlineData("worker", "maxUnavailable: 0", "maxUnavailable is 0: no node with such a pod could be drained. Set it to 1 or more.")]
    [InlineData("worker", "maxUnavailable: 0%", "maxUnavailable is 0%: no node with such a pod could be drained. Set it to 1 or more.")]
    [InlineData("worker", "minAvailable: 3", "minAvailable is 3 of 3 pods: no node with such a pod could be drained. Set it lower, or maxUnavailable in its place.")]
    [InlineData("worker", "minAvailable: 100%", "minAvailable is 100% of 3 pods: no node with such a pod could be drained. Set it lower, or maxUnavailable in its place.")]
    [InlineData("worker", "minAvailable: 67%", "minAvailable is 67% of 3 pods: no node with such a pod could be drained. Set it lower, or maxUnavailable in its place.")]
    [InlineData("beat", "maxUnavailable: 0", "maxUnavailable is 0: no node with such a pod could be drained. Set it to 1 or more.")]
    [InlineData("beat", "minAvailable: 3", "minAvailable is 3 of 3 pods: no node with such a pod could be drained. Set it lower, or maxUnavailable in its place.")]
    public void A_budget_that_would_stop_every_drain_is_refused(string component, string budget, string sentence) =>
        Chart.Refusal($"{component}: {{ replicas: 3, podDisruptionBudget: {{ {budget} }} }}")
            .Should().Contain($"{component}.podDisruptionBudget.{sentence}");

    [Theory]
    [InlineData("minAvailable: 66%", "66%")]
    [InlineData("minAvailable: 2", "2")]
    public void A_budget_that_lets_one_pod_go_is_taken(string budget, string expected) =>
        Chart.Render($"worker: {{ podDisruptionBudget: {{ {budget} }} }}").Single("PodDisruptionBudget").At("spec.minAvailable").ShouldBe(expected);

    [Fact]
    public void A_minimum_is_measured_against_the_fewest_pods_of_a_pool_that_scales() =>
        Chart.Refusal("worker: { autoscaling: { type: hpa, minReplicas: 2 }, podDisruptionBudget: { minAvailable: 2 } }").Should().Contain("minAvailable is 2 of 2 pods");

    [Theory]
    [InlineData("1.26.0", "")]
    [InlineData("1.27.0", "AlwaysAllow")]
    public void A_pod_that_is_not_ready_may_always_go_where_that_can_be_said(string kubernetes, string expected) =>
        Chart.Render(options: new RenderOptions(KubeVersion: kubernetes)).Single("PodDisruptionBudget").At("spec.unhealthyPodEvictionPolicy").ShouldBe(expected);

    [Fact]
    public void No_pod_is_under_two_budgets()
    {
        var manifests = Chart.Render("workers: { a: {}, b: {} }\nbeat: { replicas: 2 }");
        var selectors = manifests.All("PodDisruptionBudget").Select(budget => budget.At("spec.selector.matchLabels")!.AsObject()).ToList();

        foreach (var workload in manifests.Workloads)
        {
            var labels = workload.Pod.At("metadata.labels") as System.Text.Json.Nodes.JsonObject ?? [];
            selectors.Count(selector => selector.All(pair => (string?)labels[pair.Key] == (string?)pair.Value)).Should().BeLessThan(2, $"{workload} must be evictable");
        }
    }
}
