using System.Globalization;
using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class CronDaylightTests
{
    [Theory]

    // Clocks go from 02:00 to 03:00 on 31 March 2030 at 01:00 UTC.
    [InlineData("Europe/Berlin", "30 2 * * *", "2030-03-30 03:00 +01:00", "2030-03-31 03:00 +02:00", "2030-04-01 02:30 +02:00")]
    [InlineData("Europe/Berlin", "0 2 * * *", "2030-03-30 03:00 +01:00", "2030-03-31 03:00 +02:00", "2030-04-01 02:00 +02:00")]
    [InlineData("Europe/Berlin", "59 59 2 * * *", "2030-03-30 03:00 +01:00", "2030-03-31 03:00 +02:00", "2030-04-01 02:59:59 +02:00")]
    [InlineData("Europe/Berlin", "15,45 2 * * *", "2030-03-30 03:00 +01:00", "2030-03-31 03:00 +02:00", "2030-04-01 02:15 +02:00")]
    [InlineData("Europe/Berlin", "30 2,3 * * *", "2030-03-30 04:00 +01:00", "2030-03-31 03:00 +02:00", "2030-03-31 03:30 +02:00")]
    [InlineData("Europe/Berlin", "0 3 * * *", "2030-03-30 04:00 +01:00", "2030-03-31 03:00 +02:00", "2030-04-01 03:00 +02:00")]
    [InlineData("Europe/Berlin", "0 2,3 * * *", "2030-03-30 04:00 +01:00", "2030-03-31 03:00 +02:00", "2030-04-01 02:00 +02:00")]
    [InlineData("Europe/Berlin", "30 2 31 3 *", "2030-01-01 00:00 +01:00", "2030-03-31 03:00 +02:00", "2031-03-31 02:30 +02:00")]
    [InlineData("Europe/Berlin", "*/20 * * * *", "2030-03-31 01:30 +01:00", "2030-03-31 01:40 +01:00", "2030-03-31 03:00 +02:00")]
    [InlineData("Europe/Berlin", "30 * * * *", "2030-03-31 01:00 +01:00", "2030-03-31 01:30 +01:00", "2030-03-31 03:30 +02:00")]
    [InlineData("Europe/Berlin", "*/30 2 * * *", "2030-03-30 02:30 +01:00", "2030-04-01 02:00 +02:00", "2030-04-01 02:30 +02:00")]

    // Clocks go from 03:00 to 02:00 on 27 October 2030 at 01:00 UTC.
    [InlineData("Europe/Berlin", "30 2 * * *", "2030-10-26 03:00 +02:00", "2030-10-27 02:30 +02:00", "2030-10-28 02:30 +01:00")]
    [InlineData("Europe/Berlin", "0 2 * * *", "2030-10-26 03:00 +02:00", "2030-10-27 02:00 +02:00", "2030-10-28 02:00 +01:00")]
    [InlineData("Europe/Berlin", "0 3 * * *", "2030-10-26 04:00 +02:00", "2030-10-27 03:00 +01:00", "2030-10-28 03:00 +01:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2030-10-27 02:00 +01:00", "2030-10-28 02:30 +01:00", "2030-10-29 02:30 +01:00")]
    [InlineData("Europe/Berlin", "0,30 2,3 * * *", "2030-10-27 02:10 +02:00", "2030-10-27 02:30 +02:00", "2030-10-27 03:00 +01:00")]
    [InlineData("Europe/Berlin", "30 2 27 10 *", "2030-10-27 02:30 +02:00", "2031-10-27 02:30 +01:00", "2032-10-27 02:30 +02:00")]
    [InlineData("Europe/Berlin", "*/30 * * * *", "2030-10-27 02:30 +02:00", "2030-10-27 02:00 +01:00", "2030-10-27 02:30 +01:00")]
    [InlineData("Europe/Berlin", "*/30 2 * * *", "2030-10-27 02:30 +02:00", "2030-10-27 02:00 +01:00", "2030-10-27 02:30 +01:00")]
    [InlineData("Europe/Berlin", "30 * * * *", "2030-10-27 02:30 +02:00", "2030-10-27 02:30 +01:00", "2030-10-27 03:30 +01:00")]

    // Gap from 02:00 on 10 March 2030, repeat from 02:00 on 3 November 2030.
    [InlineData("America/New_York", "30 2 * * *", "2030-03-09 03:00 -05:00", "2030-03-10 03:00 -04:00", "2030-03-11 02:30 -04:00")]
    [InlineData("America/New_York", "30 1 * * *", "2030-11-02 02:00 -04:00", "2030-11-03 01:30 -04:00", "2030-11-04 01:30 -05:00")]
    [InlineData("America/New_York", "0 * * * *", "2030-11-03 01:00 -04:00", "2030-11-03 01:00 -05:00", "2030-11-03 02:00 -05:00")]

    // Half an hour: gap 02:00 to 02:30 on 6 October 2030, repeat of 01:30 to 02:00 on 7 April 2030.
    [InlineData("Australia/Lord_Howe", "15 2 * * *", "2030-10-05 03:00 +10:30", "2030-10-06 02:30 +11:00", "2030-10-07 02:15 +11:00")]
    [InlineData("Australia/Lord_Howe", "45 1 * * *", "2030-04-06 02:00 +11:00", "2030-04-07 01:45 +11:00", "2030-04-08 01:45 +10:30")]
    [InlineData("Australia/Lord_Howe", "*/15 * * * *", "2030-04-07 01:45 +11:00", "2030-04-07 01:30 +10:30", "2030-04-07 01:45 +10:30")]

    // Midnight does not exist on 4 November 2018; 17 February 2018 ends with 23:00 twice.
    [InlineData("America/Sao_Paulo", "0 0 * * *", "2018-11-03 12:00 -03:00", "2018-11-04 01:00 -02:00", "2018-11-05 00:00 -02:00")]
    [InlineData("America/Sao_Paulo", "30 23 * * *", "2018-02-17 12:00 -02:00", "2018-02-17 23:30 -02:00", "2018-02-18 23:30 -03:00")]
    [InlineData("America/Sao_Paulo", "0 0 * * *", "2018-02-17 12:00 -02:00", "2018-02-18 00:00 -03:00", "2018-02-19 00:00 -03:00")]

    // 30 December 2011 does not exist.
    [InlineData("Pacific/Apia", "0 12 * * *", "2011-12-28 13:00 -10:00", "2011-12-29 12:00 -10:00", "2011-12-31 00:00 +14:00")]
    [InlineData("Pacific/Apia", "0 12 * * *", "2011-12-31 00:00 +14:00", "2011-12-31 12:00 +14:00", "2012-01-01 12:00 +14:00")]
    [InlineData("Pacific/Apia", "0 */6 * * *", "2011-12-29 12:00 -10:00", "2011-12-29 18:00 -10:00", "2011-12-31 00:00 +14:00")]

    // Clocks go back for Ramadan, from 03:00 on 19 April 2020, and forward again from 02:00 on 31 May.
    [InlineData("Africa/Casablanca", "30 2 * * *", "2020-04-19 01:00 +01:00", "2020-04-19 02:30 +01:00", "2020-04-20 02:30 +00:00")]
    [InlineData("Africa/Casablanca", "30 2 * * *", "2020-05-30 12:00 +00:00", "2020-05-31 03:00 +01:00", "2020-06-01 02:30 +01:00")]
    public void Next_two_runs_around_a_change_of_the_clocks(string zone, string cron, string after, string first, string second)
    {
        var expression = CronExpression.Parse(cron);
        var place = ScheduleSpec.FindZone(zone);

        var next = expression.Next(At(after), place);

        next.Should().Be(At(first));
        expression.Next(next!.Value, place).Should().Be(At(second));
    }

    [Theory]
    [InlineData("Asia/Kathmandu", "0 12 * * *", "2030-01-01 00:00 +00:00", "2030-01-01 12:00 +05:45")]
    [InlineData("Pacific/Chatham", "0 12 * * *", "2030-01-01 00:00 +00:00", "2030-01-02 12:00 +13:45")]
    [InlineData("Pacific/Kiritimati", "0 0 1 * *", "2030-01-30 00:00 +00:00", "2030-02-01 00:00 +14:00")]
    [InlineData("Europe/Dublin", "30 1 * * *", "2030-03-30 12:00 +00:00", "2030-03-31 02:00 +01:00")]
    [InlineData("Antarctica/Troll", "30 1 * * *", "2030-03-30 12:00 +00:00", "2030-03-31 03:00 +02:00")]
    [InlineData("America/Santiago", "0 0 * * *", "2030-09-07 12:00 -04:00", "2030-09-08 01:00 -03:00")]
    [InlineData("Asia/Tokyo", "30 2 * * *", "2030-03-31 00:00 +09:00", "2030-03-31 02:30 +09:00")]
    [InlineData("UTC", "30 2 * * *", "2030-03-31 00:00 +00:00", "2030-03-31 02:30 +00:00")]
    public void Next_run_in_zones_with_odd_offsets(string zone, string cron, string after, string next)
    {
        CronExpression.Parse(cron).Next(At(after), ScheduleSpec.FindZone(zone)).Should().Be(At(next));
    }

    [Theory]

    // Default, skipped, last and both, on the two days of Berlin and around them.
    [InlineData("30 2 * * *", GapRule.Skip, RepeatRule.First, "2030-03-30 03:00 +01:00", "2030-04-01 02:30 +02:00", "2030-04-02 02:30 +02:00")]
    [InlineData("0 2,3 * * *", GapRule.Skip, RepeatRule.First, "2030-03-30 04:00 +01:00", "2030-03-31 03:00 +02:00", "2030-04-01 02:00 +02:00")]
    [InlineData("30 2 31 3 *", GapRule.Skip, RepeatRule.First, "2030-01-01 00:00 +01:00", "2031-03-31 02:30 +02:00", "2032-03-31 02:30 +02:00")]
    [InlineData("30 2 * * *", GapRule.Shift, RepeatRule.Last, "2030-10-26 03:00 +02:00", "2030-10-27 02:30 +01:00", "2030-10-28 02:30 +01:00")]
    [InlineData("0,30 2,3 * * *", GapRule.Shift, RepeatRule.Last, "2030-10-26 04:00 +02:00", "2030-10-27 02:00 +01:00", "2030-10-27 02:30 +01:00")]
    [InlineData("30 1,2 * * *", GapRule.Shift, RepeatRule.Last, "2030-10-26 04:00 +02:00", "2030-10-27 01:30 +02:00", "2030-10-27 02:30 +01:00")]
    [InlineData("30 2 * * *", GapRule.Shift, RepeatRule.Last, "2030-10-27 02:30 +02:00", "2030-10-27 02:30 +01:00", "2030-10-28 02:30 +01:00")]
    [InlineData("30 2 * * *", GapRule.Shift, RepeatRule.Both, "2030-10-26 03:00 +02:00", "2030-10-27 02:30 +02:00", "2030-10-27 02:30 +01:00")]
    [InlineData("30 2 * * *", GapRule.Shift, RepeatRule.Both, "2030-10-27 02:30 +01:00", "2030-10-28 02:30 +01:00", "2030-10-29 02:30 +01:00")]
    [InlineData("30 2 * * *", GapRule.Skip, RepeatRule.Both, "2030-03-30 12:00 +01:00", "2030-04-01 02:30 +02:00", "2030-04-02 02:30 +02:00")]

    // What runs at intervals knows no rules.
    [InlineData("*/30 * * * *", GapRule.Skip, RepeatRule.Last, "2030-10-27 02:10 +02:00", "2030-10-27 02:30 +02:00", "2030-10-27 02:00 +01:00")]
    [InlineData("*/30 * * * *", GapRule.Skip, RepeatRule.Last, "2030-03-31 01:10 +01:00", "2030-03-31 01:30 +01:00", "2030-03-31 03:00 +02:00")]
    public void Rules_for_days_of_change_can_be_chosen(string cron, GapRule gap, RepeatRule repeat, string after, string first, string second)
    {
        var timing = new ScheduleTiming { Cron = cron, Timezone = "Europe/Berlin", Gap = gap, Repeat = repeat };

        var next = ScheduleSpec.Read(timing).Next(At(after));

        next.Should().Be(At(first));
        ScheduleSpec.Read(timing).Next(next!.Value).Should().Be(At(second));
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
