using System.Text;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class SuspectGateTests
{
    [Theory]
    [InlineData(3, 0, SuspectVerdict.Innocent)]
    [InlineData(3, 1, SuspectVerdict.Innocent)]
    [InlineData(3, 2, SuspectVerdict.Alone)]
    [InlineData(3, 3, SuspectVerdict.Alone)]
    [InlineData(0, 0, SuspectVerdict.Innocent)]
    [InlineData(1, 1, SuspectVerdict.Alone)]
    internal void Task_is_a_suspect_one_redelivery_before_the_last(int allowed, int redeliveries, SuspectVerdict verdict)
    {
        new SuspectGate(allowed).Judge(Message(1, redeliveries)).Should().Be(verdict);
    }

    [Fact]
    public void Second_suspect_waits_until_the_first_is_finished()
    {
        var gate = new SuspectGate(3);
        var first = Message(1, 2);
        gate.Judge(first);

        gate.Judge(Message(2, 3)).Should().Be(SuspectVerdict.Later);
        gate.Judge(Message(3, 0)).Should().Be(SuspectVerdict.Innocent);
        gate.Finished(first.Id);
        gate.Judge(Message(2, 3)).Should().Be(SuspectVerdict.Alone);
    }

    [Fact]
    public void Suspect_is_handed_out_once()
    {
        var gate = new SuspectGate(3);
        gate.TakeWaiting().Should().BeNull();
        gate.Judge(Message(1, 2));

        gate.TakeWaiting()!.Value.Id.Should().Be(Message(1, 2).Id);
        gate.TakeWaiting().Should().BeNull();
    }

    private static Held Message(int number, int redeliveries) => new("default", Encoding.UTF8.GetBytes($$"""{{number:D32}}5{{redeliveries:D2}}{"task":"x"}"""));
}
