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
    [InlineData("queueOrder: weighted, queueWeights: { c: 5 }", "weighs \"c\", which the pool does not serve: add it to its queues, or remove the weight.")]
    [InlineData("queueWeights: { a: 5 }", "is set, but the pool's queueOrder is fair: set it to weighted, or remove the weights.")]
    public void A_weight_that_has_no_effect_is_refused(string pool, string sentence) =>
        Chart.Refusal($"queues: [a, b]\nworkers: {{ default: {{ {pool} }} }}").Should().Contain($"- workers.default.queueWeights {sentence}");

    [Theory]
    [InlineData("queueOrder: weighted, queueWeights: { c: 5 }", "weighs \"c\", which is not in queues: add it there, or remove the weight.")]
    [InlineData("queueWeights: { a: 5 }", "is set, but no pool's queueOrder is weighted: set worker.queueOrder to weighted, or remove the weights.")]
    public void A_weight_that_no_pool_can_use_is_refused(string worker, string sentence) =>
        Chart.Refusal($"queues: [a, b]\nworker: {{ {worker} }}").Should().Contain($"- worker.queueWeights {sentence}");

    [Fact]
    public void Each_pool_takes_what_it_can_use_of_the_weights_of_all()
    {
        const string Values = """
            queues: [a, b, c]
            worker: { queueOrder: weighted, queueWeights: { a: 5, b: 3 } }
            workers: { default: { queues: [a, c] }, plain: { queues: [b], queueOrder: fair }, even: { queues: [a, b], queueWeights: { a: null } }, none: { queueWeights: null } }
            """;

        Worker(Values, "default").Env("TASKRUNNER_QUEUES").Should().Be("a:5,c:1");
        Worker(Values, "plain").Env("TASKRUNNER_QUEUES").Should().Be("b");
        Worker(Values, "even").Env("TASKRUNNER_QUEUES").Should().Be("a:1,b:3");
        Worker(Values, "none").Env("TASKRUNNER_QUEUES").Should().Be("a:1,b:1,c:1");
    }

    [Theory]
    [InlineData("queueWeights: { a: 0 }")]
    [InlineData("queueWeights: { a: 1001 }")]
    [InlineData("queueWeights: { a: many }")]
    [InlineData("queueOrder: random")]
    public void A_weight_is_a_whole_number_from_1_to_1000(string pool) =>
        Chart.Refusal($"queues: [a]\nworker: {{ {pool} }}").Should().Contain("don't meet the specifications of the schema");

    private static Manifest Worker(string values, string pool) => Chart.Render(values).Single("Deployment", pool: pool);
}
