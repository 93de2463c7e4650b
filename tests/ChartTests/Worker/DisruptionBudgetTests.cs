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
}
