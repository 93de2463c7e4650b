using FluentAssertions;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class QueueRotationTests
{
    [Fact]
    public void Every_queue_gets_its_turn()
    {
        var rotation = new QueueRotation(["a", "b", "c"]);

        Enumerable.Range(0, 6).Select(_ => rotation.Next()).Should().Equal("a", "b", "c", "a", "b", "c");
    }

    [Fact]
    public void Queue_known_to_be_empty_is_passed_over_until_it_is_suspected_again()
    {
        var rotation = new QueueRotation(["a", "b", "c"]);
        rotation.Empty("b");

        var without = Enumerable.Range(0, 4).Select(_ => rotation.Next()).ToList();
        rotation.Suspect("b");
        var with = Enumerable.Range(0, 3).Select(_ => rotation.Next()).ToList();

        without.Should().Equal("a", "c", "a", "c");
        with.Should().Equal("a", "b", "c");
    }

    [Fact]
    public void No_queue_has_a_turn_when_all_are_empty()
    {
        var rotation = new QueueRotation(["a", "b"]);
        rotation.Empty("a");
        rotation.Empty("b");

        rotation.Next().Should().BeNull();

        rotation.SuspectAll();
        rotation.Next().Should().Be("a");
    }

    [Fact]
    public void Earliest_due_time_of_all_queues_counts()
    {
        var rotation = new QueueRotation(["a", "b"]);
        rotation.EarliestDue.Should().BeNull();

        rotation.SetDue("a", 500);
        rotation.SetDue("b", 300);

        rotation.EarliestDue.Should().Be(300);
        rotation.Due(400).Should().Equal("b");
        rotation.Due(299).Should().BeEmpty();
        rotation.SetDue("b", null);
        rotation.EarliestDue.Should().Be(500);
    }
}
