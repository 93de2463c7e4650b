using System.Globalization;
using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class IntervalExpressionTests
{
    [Theory]
    [InlineData("50ms", 50)]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("366d", 31_622_400_000)]
    public void Number_with_a_unit_is_an_interval(string text, long milliseconds)
    {
        IntervalExpression.Parse(text).Every.Should().Be(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Theory]
    [InlineData("", "expected a whole number with a unit")]
    [InlineData("30", "expected a whole number with a unit")]
    [InlineData("s", "expected a whole number with a unit")]
    [InlineData("1.5s", "expected a whole number with a unit")]
    [InlineData("-5s", "expected a whole number with a unit")]
    [InlineData("5 s", "expected a whole number with a unit")]
    [InlineData("5S", "expected a whole number with a unit")]
    [InlineData("1h30m", "expected a whole number with a unit")]
    [InlineData("99999999999999999999s", "it lasts 50ms to 366d")]
    [InlineData("0s", "it lasts 50ms to 366d")]
    [InlineData("49ms", "it lasts 50ms to 366d")]
    [InlineData("367d", "it lasts 50ms to 366d")]
    [InlineData("9223372036854775807d", "it lasts 50ms to 366d")]
    public void Anything_else_is_explained(string text, string reason)
    {
        var parse = () => IntervalExpression.Parse(text);

        parse.Should().Throw<FormatException>().WithMessage($"*{reason}*");
    }

    [Theory]
    [InlineData("15m", "2030-01-01 00:00:00", "2030-01-01 00:15:00")]
    [InlineData("15m", "2030-01-01 00:14:59.999", "2030-01-01 00:15:00")]
    [InlineData("500ms", "2030-01-01 00:00:00.250", "2030-01-01 00:00:00.500")]
    [InlineData("1d", "2030-01-01 12:00:00", "2030-01-02 00:00:00")]
    [InlineData("7d", "1970-01-01 00:00:00", "1970-01-08 00:00:00")]
    [InlineData("1h", "1969-12-31 23:30:00", "1970-01-01 00:00:00")]
    public void Next_run_is_a_multiple_counted_from_the_epoch(string text, string after, string next)
    {
        IntervalExpression.Parse(text).Next(Utc(after)).Should().Be(Utc(next));
    }

    [Theory]
    [InlineData("15m", "2030-01-01 00:07:00", "2030-01-01 00:07:00", "2030-01-01 00:22:00")]
    [InlineData("15m", "2030-01-01 00:07:00", "2029-12-31 23:59:00", "2030-01-01 00:07:00")]
    [InlineData("15m", "2030-01-01 00:07:00", "2029-12-31 23:52:00", "2030-01-01 00:07:00")]
    [InlineData("15m", "2030-01-01 00:07:00", "2029-12-31 23:51:59", "2029-12-31 23:52:00")]
    [InlineData("7d", "2030-01-02 09:30:00", "2030-03-01 00:00:00", "2030-03-06 09:30:00")]
    public void Interval_counts_from_its_anchor_in_both_directions(string text, string anchor, string after, string next)
    {
        new IntervalExpression(IntervalExpression.Parse(text).Every, Utc(anchor)).Next(Utc(after)).Should().Be(Utc(next));
    }

    [Fact]
    public void Interval_ends_with_the_calendar()
    {
        IntervalExpression.Parse("1d").Next(DateTimeOffset.MaxValue).Should().BeNull();
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
