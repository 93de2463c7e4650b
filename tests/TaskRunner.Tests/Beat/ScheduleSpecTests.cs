using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class ScheduleSpecTests
{
    private static readonly DateTimeOffset Start = new(2030, 3, 30, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("*/20 * * * *", null)]
    [InlineData("30 2 * * *", null)]
    [InlineData("0 12 1 * *", null)]
    [InlineData("*/7 * 8-10 * * *", null)]
    [InlineData(null, 1500L)]
    [InlineData(null, 86_400_000L)]
    public void Newest_ticks_are_those_that_stepping_forward_finds(string? cron, long? every)
    {
        var spec = ScheduleSpec.Read(cron, every, "Europe/Berlin");
        var random = new Random(3);
        for (var i = 0; i < 25; i++)
        {
            var after = Start.AddSeconds(random.Next(0, 100_000));
            var until = after.AddSeconds(random.Next(0, 200_000));
            var all = new List<DateTimeOffset>();
            for (var next = spec.Next(after); next <= until; next = spec.Next(next.Value))
            {
                all.Add(next.Value);
            }

            spec.Newest(after, until, 3).Should().Equal(all.TakeLast(3));
        }
    }

    [Fact]
    public Task Newest_tick_of_a_year_of_seconds_is_found_at_once()
    {
        var spec = ScheduleSpec.Read("* * * * * *", null, "Europe/Berlin");

        return Duration.UntilLessAsync(
            TimeSpan.FromSeconds(1),
            () => spec.Newest(Start, Start.AddYears(1), 10).Should().HaveCount(10).And.EndWith(Start.AddYears(1)));
    }

    [Fact]
    public void Start_and_end_belong_to_the_schedule()
    {
        var spec = ScheduleSpec.Read(new() { Every = TimeSpan.FromHours(1), Start = Start, End = Start.AddHours(2) });

        spec.Next(Start.AddYears(-1)).Should().Be(Start);
        spec.Next(Start.AddHours(1)).Should().Be(Start.AddHours(2));
        spec.Next(Start.AddHours(2)).Should().BeNull();
        spec.Newest(Start.AddYears(-1), Start.AddYears(1), 5).Should().Equal(Start, Start.AddHours(1), Start.AddHours(2));
    }

    [Fact]
    public void Single_time_ticks_once()
    {
        var spec = ScheduleSpec.Read(new() { Once = Start });

        spec.Next(Start.AddTicks(-1)).Should().Be(Start);
        spec.Next(Start).Should().BeNull();
        spec.Newest(Start.AddDays(-1), Start.AddDays(1), 5).Should().Equal(Start);
    }

    [Fact]
    public void Jitter_is_the_same_for_a_tick_and_spreads_evenly_over_many()
    {
        var most = TimeSpan.FromSeconds(10);
        var draws = Enumerable.Range(0, 10_000).Select(i => ScheduleJitter.Of(NameBasedGuid.Create(Guid.Empty, $"{i}"), most)).ToList();

        draws.Should().OnlyContain(draw => draw >= TimeSpan.Zero && draw <= most);
        draws.Average(draw => draw.TotalSeconds).Should().BeApproximately(5, 0.2);
        draws.GroupBy(draw => (int)draw.TotalSeconds % 10).Should().OnlyContain(second => second.Count() > 800 && second.Count() < 1200);
        ScheduleJitter.Of(NameBasedGuid.Create(Guid.Empty, "0"), most).Should().Be(draws[0]);
        ScheduleJitter.Of(Guid.NewGuid(), TimeSpan.Zero).Should().Be(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("* * * * *", 1000L, "UTC", "exactly one of cron, every and once")]
    [InlineData(null, null, "UTC", "exactly one of cron, every and once")]
    [InlineData("* * * *", null, "UTC", "4 fields")]
    [InlineData(null, 1L, "UTC", "it lasts 50ms to 366d")]
    [InlineData("* * * * *", null, "Europe/Atlantis", "timezone 'Europe/Atlantis' is not in the time zone database")]
    [InlineData("* * * * *", null, "../../etc/passwd", "is not in the time zone database")]
    [InlineData("* * * * *", null, "", "is not in the time zone database")]
    public void Wrong_columns_are_explained(string? cron, long? every, string timezone, string reason)
    {
        var read = () => ScheduleSpec.Read(cron, every, timezone);

        read.Should().Throw<FormatException>().WithMessage($"*{reason}*");
    }

    [Fact]
    public void Zone_is_written_in_the_case_of_the_database_whoever_asked_before()
    {
        ScheduleSpec.FindZone("Europe/Vienna").Id.Should().Be("Europe/Vienna");
        var find = () => ScheduleSpec.FindZone("europe/vienna");

        find.Should().Throw<FormatException>().WithMessage("*is not in the time zone database*");
        ScheduleSpec.FindZone("utc").Should().Be(TimeZoneInfo.Utc);
    }
}
