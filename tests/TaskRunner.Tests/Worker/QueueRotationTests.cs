using FluentAssertions;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class QueueRotationTests
{
    [Fact]
    public void Every_queue_gets_its_turn()
    {
        var rotation = Rotation(QueueOrder.Fair, "a", "b", "c");

        Turns(rotation, 6).Should().Equal("a", "b", "c", "a", "b", "c");
    }

    [Fact]
    public void Queue_known_to_be_empty_is_passed_over_until_it_is_suspected_again()
    {
        var rotation = Rotation(QueueOrder.Fair, "a", "b", "c");
        rotation.Empty("b");

        var without = Turns(rotation, 4);
        rotation.Suspect("b");
        var with = Turns(rotation, 3);

        without.Should().Equal("a", "c", "a", "c");
        with.Should().BeEquivalentTo("a", "b", "c");
    }

    [Fact]
    public void No_queue_has_a_turn_when_all_are_empty()
    {
        var rotation = Rotation(QueueOrder.Fair, "a", "b");
        rotation.Empty("a");
        rotation.Empty("b");

        rotation.Next().Should().BeNull();

        rotation.SuspectAll();
        rotation.Next().Should().Be("a");
    }

    [Fact]
    public void Strict_order_takes_the_first_queue_as_long_as_it_may_have_something()
    {
        var rotation = Rotation(QueueOrder.Strict, "a", "b");

        var first = Turns(rotation, 3);
        rotation.Empty("a");
        var then = Turns(rotation, 2);
        rotation.Suspect("a");

        first.Should().Equal("a", "a", "a");
        then.Should().Equal("b", "b");
        rotation.Next().Should().Be("a");
    }

    [Fact]
    public void Weights_share_the_tasks_and_not_the_turns()
    {
        var rotation = new QueueRotation(new WorkerPlan(4, QueueOrder.Weighted, [new QueueShare("a", 3), new QueueShare("b", 1)]));
        var taken = new Dictionary<string, int> { ["a"] = 0, ["b"] = 0 };

        while (taken.Values.Sum() < 4000)
        {
            var queue = rotation.Next()!;
            var batch = queue == "a" ? 7 : 10;
            rotation.Fetched(queue, batch);
            taken[queue] += batch;
        }

        taken["a"].Should().BeInRange(2970, 3030);
    }

    [Fact]
    public void Fair_order_gives_queues_with_weights_the_same_share()
    {
        var rotation = new QueueRotation(new WorkerPlan(4, QueueOrder.Fair, [new QueueShare("a", 9), new QueueShare("b", 1)]));

        Turns(rotation, 10).Count(q => q == "a").Should().Be(5);
    }

    [Fact]
    public void Queue_that_was_empty_for_long_does_not_catch_up_on_what_it_did_not_use()
    {
        var rotation = Rotation(QueueOrder.Fair, "a", "b");
        rotation.Empty("b");
        Turns(rotation, 1000);

        rotation.Suspect("b");

        Turns(rotation, 10).Count(q => q == "b").Should().BeInRange(5, 6);
    }

    [Fact]
    public void Another_plan_keeps_what_is_known_of_the_queues_that_stay()
    {
        var rotation = Rotation(QueueOrder.Fair, "a", "b");
        rotation.Empty("b");
        rotation.SetDue("b", 300);

        rotation.Follow(new WorkerPlan(4, QueueOrder.Strict, [new QueueShare("b"), new QueueShare("c")]));

        rotation.Next().Should().Be("c");
        rotation.EarliestDue.Should().Be(300);
        rotation.Suspect("a");
        rotation.Next().Should().Be("c");
    }

    [Fact]
    public void Worker_without_queues_has_no_turn_and_nothing_due()
    {
        var rotation = new QueueRotation(new WorkerPlan(4, QueueOrder.Fair, []));

        rotation.Next().Should().BeNull();
        rotation.EarliestDue.Should().BeNull();
        rotation.AnySuspected.Should().BeFalse();
    }

    [Fact]
    public void Earliest_due_time_of_all_queues_counts()
    {
        var rotation = Rotation(QueueOrder.Fair, "a", "b");
        rotation.EarliestDue.Should().BeNull();

        rotation.SetDue("a", 500);
        rotation.SetDue("b", 300);

        rotation.EarliestDue.Should().Be(300);
        rotation.Due(400).Should().Equal("b");
        rotation.Due(299).Should().BeEmpty();
        rotation.SetDue("b", null);
        rotation.EarliestDue.Should().Be(500);
    }

    private static QueueRotation Rotation(QueueOrder order, params string[] queues) => new(new WorkerPlan(4, order, [.. queues.Select(q => new QueueShare(q))]));

    private static List<string?> Turns(QueueRotation rotation, int count) => [.. Enumerable.Range(0, count).Select(_ => rotation.Next())];
}
