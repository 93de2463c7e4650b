using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class PlanChangeTests
{
    private static readonly WorkerPlan Plan = new(4, QueueOrder.Fair, [new QueueShare("a"), new QueueShare("b", 3)]);

    [Fact]
    public void Wish_for_nothing_changes_nothing()
    {
        PlanChange.Apply(Plan, new WorkerControl { Revision = "1" }, out var objection).Should().BeSameAs(Plan);

        objection.Should().BeNull();
    }

    [Fact]
    public void Concurrency_and_order_are_taken_over()
    {
        var changed = PlanChange.Apply(Plan, new WorkerControl { Concurrency = 9, Order = "strict" }, out var objection);

        changed.Concurrency.Should().Be(9);
        changed.Order.Should().Be(QueueOrder.Strict);
        changed.QueueText.Should().Be("a,b:3");
        objection.Should().BeNull();
    }

    [Fact]
    public void Queues_keep_their_rank_and_new_ones_go_to_the_end()
    {
        var wish = new WorkerControl { Queues = new Dictionary<string, int> { ["z"] = 1, ["c"] = 2, ["a"] = 7, ["b"] = 0, ["unknown"] = 0 } };

        PlanChange.Apply(Plan, wish, out _).QueueText.Should().Be("a:7,c:2,z");
    }

    [Fact]
    public void What_cannot_be_had_is_named_and_the_rest_is_taken_over()
    {
        var changed = PlanChange.Apply(Plan, new WorkerControl { Concurrency = 5000, Order = "random", Queues = new Dictionary<string, int> { ["a"] = 0 } }, out var objection);

        changed.Should().BeEquivalentTo(Plan with { Queues = [new QueueShare("b", 3)] });
        objection.Should().Contain("1 to 1000").And.Contain("'random'");
    }
}
