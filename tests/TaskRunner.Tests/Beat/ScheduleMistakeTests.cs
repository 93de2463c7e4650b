using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>Mistakes in what the schedules file may say beyond the basics: one sentence each, with the key.</summary>
public sealed class ScheduleMistakeTests
{
    private const string Time = "expected a time like 2030-01-31T09:00 (in the schedule's time zone), 2030-01-31T09:00:00Z or 2030-01-31T09:00+01:00";

    private const string Duration = "expected a whole number with a unit: 500ms, 30s, 5m, 1h or 1d";

    [Theory]
    [InlineData("""{"once": "2030-02-30", "task": "t"}""", $"once: once '2030-02-30': {Time}")]
    [InlineData("""{"once": "2030-01-31T25:00", "task": "t"}""", $"once: once '2030-01-31T25:00': {Time}")]
    [InlineData("""{"once": "31.1.2030", "task": "t"}""", $"once: once '31.1.2030': {Time}")]
    [InlineData("""{"once": "2030-01-31T09:00+25:00", "task": "t"}""", $"once: once '2030-01-31T09:00+25:00': {Time}")]
    [InlineData("""{"once": "0000-01-01", "task": "t"}""", "once: once '0000-01-01': in UTC it is not in the years 1 to 9999")]
    [InlineData("""{"once": "10000-01-01T00:00:00Z", "task": "t"}""", "once: once '10000-01-01T00:00:00Z': in UTC it is not in the years 1 to 9999")]
    [InlineData("""{"every": "1h", "end": "9999-12-31T23:59:59-05:00", "task": "t"}""", "end: end '9999-12-31T23:59:59-05:00': in UTC it is not in the years 1 to 9999")]
    [InlineData("""{"every": "1h", "start": "0001-01-01T00:00+01:00", "task": "t"}""", "start: start '0001-01-01T00:00+01:00': in UTC it is not in the years 1 to 9999")]
    [InlineData("""{"once": "-0001-01-01", "task": "t"}""", $"once: once '-0001-01-01': {Time}")]
    [InlineData("""{"once": "2030-02-30T12:00:00Z", "task": "t"}""", $"once: once '2030-02-30T12:00:00Z': {Time}")]
    [InlineData("""{"once": "2031-02-29", "task": "t"}""", $"once: once '2031-02-29': {Time}")]
    [InlineData("""{"once": "2016-12-31T23:59:60Z", "task": "t"}""", $"once: once '2016-12-31T23:59:60Z': {Time}")]
    [InlineData("""{"once": "2030-01-31T24:00", "task": "t"}""", $"once: once '2030-01-31T24:00': {Time}")]
    [InlineData("""{"once": "9999-12-31T23:59:59.9999999Z", "task": "t"}""", $"once: once '9999-12-31T23:59:59.9999999Z': {Time}")]
    [InlineData("""{"once": "tomorrow", "task": "t"}""", $"once: once 'tomorrow': {Time}")]
    [InlineData("""{"once": "9999-12-31T23:59", "timezone": "America/New_York", "task": "t"}""", "once: once '9999-12-31T23:59': in UTC it is not in the years 1 to 9999")]
    [InlineData("""{"once": "0001-01-01", "timezone": "Europe/Berlin", "task": "t"}""", "once: once '0001-01-01': in UTC it is not in the years 1 to 9999")]
    [InlineData("""{"once": 1893456000, "task": "t"}""", "once: expected a text of 1 to 200 characters")]
    [InlineData("""{"once": "2030-01-01", "start": "2030-02-01", "task": "t"}""", "once: is not between start and end")]
    [InlineData("""{"once": "2030-01-01", "end": "2029-12-31", "task": "t"}""", "once: is not between start and end")]
    [InlineData("""{"every": "1h", "start": "2030-01-02", "end": "2030-01-01", "task": "t"}""", "end: is before start, 2030-01-02T00:00:00Z")]
    [InlineData("""{"every": "1h", "start": "soon", "task": "t"}""", $"start: start 'soon': {Time}")]
    [InlineData("""{"every": "1h", "anchor": "noon", "task": "t"}""", $"anchor: anchor 'noon': {Time}")]
    [InlineData("""{"cron": "* * * * *", "anchor": "2030-01-01", "task": "t"}""", "anchor: has a meaning beside every only")]
    [InlineData("""{"once": "2030-01-01", "anchor": "2030-01-01", "task": "t"}""", "anchor: has a meaning beside every only")]
    [InlineData("""{"every": "1h", "dstGap": "skip", "task": "t"}""", "dstGap: has a meaning beside cron only")]
    [InlineData("""{"every": "1h", "dstOverlap": "both", "task": "t"}""", "dstOverlap: has a meaning beside cron only")]
    [InlineData("""{"once": "2030-01-01", "dayMatch": "or", "task": "t"}""", "dayMatch: has a meaning beside cron only")]
    [InlineData("""{"cron": "0 0 * * *", "dstGap": "Skip", "task": "t"}""", "dstGap: 'Skip' is not one of shift, skip")]
    [InlineData("""{"cron": "0 0 * * *", "dstOverlap": "twice", "task": "t"}""", "dstOverlap: 'twice' is not one of first, last, both")]
    [InlineData("""{"cron": "0 0 * * *", "dayMatch": "xor", "task": "t"}""", "dayMatch: 'xor' is not one of and, or")]
    [InlineData("""{"cron": "0 0 * * *", "timezone": "Berlin", "task": "t"}""", "timezone: timezone 'Berlin' is not in the time zone database; expected a name like Europe/Berlin or UTC")]
    [InlineData("""{"cron": "0 0 * * *", "timezone": "+01:00", "task": "t"}""", "timezone: timezone '+01:00' is not in the time zone database; expected a name like Europe/Berlin or UTC")]
    [InlineData("""{"cron": "0 0 * * *", "timezone": "../zoneinfo/UTC", "task": "t"}""", "timezone: timezone '../zoneinfo/UTC' is not in the time zone database; expected a name like Europe/Berlin or UTC")]
    [InlineData("""{"cron": "0 0 * * *", "timezone": "", "task": "t"}""", "timezone: expected a text of 1 to 200 characters")]
    [InlineData("""{"cron": "0 0 31 2 *", "task": "t"}""", "cron: cron '0 0 31 2 *': no date matches day of month 31 (field 3, position 5) and month 2 (field 4, position 8)")]
    [InlineData("""{"every": "1h", "jitter": "fast", "task": "t"}""", $"jitter: jitter 'fast': {Duration}")]
    [InlineData("""{"every": "1h", "jitter": "25h", "task": "t"}""", "jitter: jitter '25h': it lasts 0ms to 1d")]
    [InlineData("""{"every": "1h", "expires": "0s", "task": "t"}""", "expires: expires '0s': it lasts 1ms to 366d")]
    [InlineData("""{"every": "1h", "expires": "-5s", "task": "t"}""", $"expires: expires '-5s': {Duration}")]
    [InlineData("""{"every": "1h", "catchUp": "all", "catchUpWindow": "500ms", "task": "t"}""", "catchUpWindow: catchUpWindow '500ms': it lasts 1s to 366d")]
    [InlineData("""{"every": "1h", "catchUp": "all", "catchUpLimit": 0, "task": "t"}""", "catchUpLimit: expected a whole number from 1 to 1000")]
    [InlineData("""{"every": "1h", "catchUp": "all", "catchUpLimit": 1001, "task": "t"}""", "catchUpLimit: expected a whole number from 1 to 1000")]
    [InlineData("""{"every": "1h", "catchUpWindow": "1h", "task": "t"}""", "catchUpWindow: has a meaning with catchUp all only")]
    [InlineData("""{"every": "1h", "catchUp": "skip", "catchUpLimit": 5, "task": "t"}""", "catchUpLimit: has a meaning with catchUp all only")]
    [InlineData("""{"every": "1h", "overlap": "queue", "task": "t"}""", "overlap: 'queue' is not one of allow, skip, buffer, cancel")]
    [InlineData("""{"every": "1h", "queue": "two words", "task": "t"}""", "queue: 'two words' is no queue: a queue name has 1 to 100 letters, digits, dots, dashes or underscores")]
    [InlineData("""{"every": "1h", "description": "", "task": "t"}""", "description: expected a text of 1 to 2000 characters")]
    public void Mistake_is_one_sentence_with_the_key(string entry, string mistake)
    {
        var parse = () => ScheduleFile.Parse($$$"""{"schedules": {"s": {{{entry}}}}}""");

        parse.Should().Throw<ScheduleFileException>().Which.Mistakes.Should().Equal($"schedules.s.{mistake}");
    }

    [Theory]
    [InlineData("2030-07-01", "Europe/Berlin", "2030-06-30T22:00:00Z")]
    [InlineData("2030-07-01 09:30", "Europe/Berlin", "2030-07-01T07:30:00Z")]
    [InlineData(" 2030-07-01T09:30:15.25 ", "UTC", "2030-07-01T09:30:15.25Z")]
    [InlineData("2030-07-01T09:30Z", "Europe/Berlin", "2030-07-01T09:30:00Z")]
    [InlineData("2030-07-01T09:30-04:00", "Europe/Berlin", "2030-07-01T13:30:00Z")]
    [InlineData("2030-03-31T02:30", "Europe/Berlin", "2030-03-31T01:00:00Z")]
    [InlineData("2030-10-27T02:30", "Europe/Berlin", "2030-10-27T00:30:00Z")]
    [InlineData("2030-03-31T01:30", "Europe/Dublin", "2030-03-31T01:00:00Z")]
    [InlineData("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00:00Z")]
    [InlineData("9999-12-31", "UTC", "9999-12-31T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.999999", "Asia/Tokyo", "9999-12-31T14:59:59.999999Z")]
    [InlineData("0001-01-01", "UTC", "0001-01-01T00:00:00Z")]
    public void Time_is_read_on_the_clock_of_its_zone(string text, string zone, string instant)
    {
        InstantText.Print(InstantText.Parse("once", text, ScheduleSpec.FindZone(zone))).Should().Be(instant);
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("1500ms", 1500)]
    [InlineData("90s", 90_000)]
    [InlineData("90m", 5_400_000)]
    [InlineData("36h", 129_600_000)]
    [InlineData("7d", 604_800_000)]
    [InlineData("0ms", 0)]
    public void Duration_is_written_as_it_is_read(string text, long milliseconds)
    {
        WholeDuration.Parse("x", text, TimeSpan.Zero, TimeSpan.FromDays(366)).Should().Be(TimeSpan.FromMilliseconds(milliseconds));
        WholeDuration.Print(TimeSpan.FromMilliseconds(milliseconds)).Should().Be(text);
    }
}
