using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Tests.Observability;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class BeatAgendaTests
{
    private readonly ManualTime time = new();
    private readonly BeatAgenda agenda;

    public BeatAgendaTests() => agenda = new BeatAgenda(new BeatOptions { Name = "beat" }, time);

    [Fact]
    public void At_first_everything_is_to_be_done_at_once()
    {
        agenda.IsTimeToTend.Should().BeTrue();
        agenda.Rest.Should().Be(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(300.0, 300)]
    [InlineData(0.2, 1)]
    [InlineData(900.0, 500)]
    [InlineData(null, 500)]
    public void It_rests_until_the_next_schedule_is_due_in_whole_milliseconds_and_half_a_second_at_most(double? due, int rest)
    {
        Tend(null);
        Claim(due);

        agenda.Rest.Should().Be(TimeSpan.FromMilliseconds(rest));
    }

    [Fact]
    public void Claims_that_move_schedules_are_a_while_apart_and_others_are_not()
    {
        Tend(null);

        Claim(1, moved: 3);
        agenda.Rest.Should().Be(TimeSpan.FromMilliseconds(20));
        Claim(1);
        agenda.Rest.Should().Be(TimeSpan.FromMilliseconds(1));
        Claim(1, moved: 500, isMore: true);
        agenda.Rest.Should().Be(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(300.0, 300)]
    [InlineData(3.0, 100)]
    [InlineData(60_000.0, 500)]
    [InlineData(null, 500)]
    public void Next_tick_is_looked_at_in_its_time_but_not_all_the_time(double? next, int rest)
    {
        Claim(null);
        Tend(next);
        agenda.Rest.Should().Be(TimeSpan.FromMilliseconds(rest));

        time.Advance(TimeSpan.FromMilliseconds(rest));
        Claim(null);
        agenda.IsTimeToTend.Should().BeTrue();
    }

    [Fact]
    public void Tending_waits_while_a_schedule_is_due_soon_and_no_longer_than_a_quarter_of_a_second()
    {
        Tend(100);
        time.Advance(TimeSpan.FromMilliseconds(100));
        Claim(40);

        agenda.IsTimeToTend.Should().BeFalse();
        agenda.Rest.Should().Be(TimeSpan.FromMilliseconds(40));
        time.Advance(TimeSpan.FromMilliseconds(250));
        Claim(40);
        agenda.IsTimeToTend.Should().BeTrue();
    }

    [Fact]
    public void More_to_tend_is_tended_between_two_claims_without_resting()
    {
        Claim(null);
        Tend(null, isMore: true);

        agenda.IsTimeToTend.Should().BeTrue();
        agenda.Rest.Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public void Failure_puts_everything_back_to_at_once()
    {
        Claim(null);
        Tend(null);

        agenda.Failed();

        agenda.Rest.Should().Be(TimeSpan.Zero);
        agenda.IsTimeToTend.Should().BeTrue();
    }

    private void Claim(double? due, int moved = 0, bool isMore = false) => agenda.Claimed(agenda.Now, moved, isMore, Milliseconds(due));

    private void Tend(double? next, bool isMore = false) => agenda.Tended(isMore, Milliseconds(next));

    private static TimeSpan? Milliseconds(double? count) => count is { } known ? TimeSpan.FromMilliseconds(known) : null;
}
