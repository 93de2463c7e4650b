using FluentAssertions;
using TaskRunner.Broker;
using Xunit;

namespace TaskRunner.Tests.Broker;

public sealed class TaskIdTests
{
    [Fact]
    public void Ids_sort_in_the_order_in_which_they_were_made()
    {
        var ids = Enumerable.Range(0, 20_000).Select(_ => TaskId.Next(TimeProvider.System).ToString("N")).ToList();

        ids.Should().OnlyHaveUniqueItems();
        ids.Should().BeInAscendingOrder(StringComparer.Ordinal);
    }

    [Fact]
    public void Ids_go_on_upwards_when_the_clock_goes_back()
    {
        var before = TaskId.Next(new FixedTime(new DateTimeOffset(2060, 1, 1, 0, 0, 1, TimeSpan.Zero))).ToString("N");

        var after = TaskId.Next(new FixedTime(new DateTimeOffset(2060, 1, 1, 0, 0, 0, TimeSpan.Zero))).ToString("N");

        string.CompareOrdinal(after, before).Should().BePositive();
    }

    [Fact]
    public void Id_is_a_uuid_of_version_7()
    {
        TaskId.Next(TimeProvider.System).Version.Should().Be(7);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
