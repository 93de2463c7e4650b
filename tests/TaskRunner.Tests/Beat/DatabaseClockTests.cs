using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Tests.Observability;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class DatabaseClockTests
{
    private readonly ManualTime time = new();

    [Theory]
    [InlineData(3600, 3599, 3600)]
    [InlineData(2, 1, 2)]
    [InlineData(-1, -1, -0.5)]
    [InlineData(-259200, -259200, -259199)]
    [InlineData(0.3, 0, 0)]
    [InlineData(-0.3, 0, 0)]
    public void Jump_is_noticed_by_the_time_that_passed(double seconds, double least, double most)
    {
        var clock = new DatabaseClock(time);
        var database = DateTimeOffset.UnixEpoch;
        clock.Read(database, time.GetTimestamp(), time.GetTimestamp());
        time.Advance(TimeSpan.FromSeconds(10));

        var jump = clock.Read(database.AddSeconds(10 + seconds), time.GetTimestamp(), time.GetTimestamp());

        jump.TotalSeconds.Should().BeInRange(least, most);
        time.Advance(TimeSpan.FromSeconds(1));
        clock.Read(database.AddSeconds(11 + seconds), time.GetTimestamp(), time.GetTimestamp()).Should().Be(TimeSpan.Zero, "it is told once");
    }

    [Fact]
    public void Slow_answer_is_no_jump()
    {
        var clock = new DatabaseClock(time);
        var database = DateTimeOffset.UnixEpoch;
        clock.Read(database, time.GetTimestamp(), time.GetTimestamp());
        var asked = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(8));

        clock.Read(database.AddSeconds(8), asked, time.GetTimestamp()).Should().Be(TimeSpan.Zero, "it looked at its clock last of all");
        clock.Read(database.AddSeconds(8), time.GetTimestamp(), time.GetTimestamp()).Should().Be(TimeSpan.Zero);
    }
}
