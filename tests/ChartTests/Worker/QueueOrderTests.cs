using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class QueueOrderTests
{
    [Fact]
    public void Queues_share_fairly_by_default() => Worker("queues: [a, b]", "default").Env("TASKRUNNER_QUEUE_ORDER").Should().Be("fair");

    [Theory]
    [InlineData("queueOrder: strict", "strict", "a,b")]
    [InlineData("queueOrder: weighted", "weighted", "a:1,b:1")]
    [InlineData("queueOrder: weighted, queueWeights: { a: 5 }", "weighted", "a:5,b:1")]
    [InlineData("queueOrder: weighted, queueWeights: { a: 5, b: 1000 }", "weighted", "a:5,b:1000")]
    public void A_pool_may_put_queues_in_another_order(string pool, string order, string queues)
    {
        var worker = Worker($"queues: [a, b]\nworkers: {{ default: {{ {pool} }} }}", "default");

        worker.Env("TASKRUNNER_QUEUE_ORDER").Should().Be(order);
        worker.Env("TASKRUNNER_QUEUES").Should().Be(queues);
    }

    [Theory]
    [InlineData("queueOrder: weighted, queueWeights: { c: 5 }", "worker.queueWeights weighs \"c\", which the pool does not serve")]
    [InlineData("queueWeights: { a: 5 }", "worker.queueWeights is set, but worker.queueOrder is fair: set it to weighted, or remove the weights.")]
    public void A_weight_that_has_no_effect_is_refused(string pool, string sentence) =>
        Chart.Refusal($"queues: [a, b]\nworkers: {{ default: {{ {pool} }} }}").Should().Contain($"- Pool \"default\": {sentence}");

    [Theory]
    [InlineData("queueWeights: { a: 0 }")]
    [InlineData("queueWeights: { a: 1001 }")]
    [InlineData("queueWeights: { a: many }")]
    [InlineData("queueOrder: random")]
    public void A_weight_is_a_whole_number_from_1_to_1000(string pool) =>
        Chart.Refusal($"queues: [a]\nworker: {{ {pool} }}").Should().Contain("don't meet the specifications of the schema");

    private static Manifest Worker(string values, string pool) => Chart.Render(values).Single("Deployment", pool: pool);
}
