using System.Globalization;
using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class CronExpressionTests
{
    [Theory]
    [InlineData("* * * * *", "2030-01-01 00:00:00", "2030-01-01 00:01:00")]
    [InlineData("* * * * *", "2030-01-01 00:00:59.999", "2030-01-01 00:01:00")]
    [InlineData("*/5 * * * *", "2030-01-01 00:58:00", "2030-01-01 01:00:00")]
    [InlineData("*/7 * * * *", "2030-01-01 00:56:00", "2030-01-01 01:00:00")]
    [InlineData("3-59/15 * * * *", "2030-01-01 00:18:00", "2030-01-01 00:33:00")]
    [InlineData("10/20 * * * *", "2030-01-01 00:30:00", "2030-01-01 00:50:00")]
    [InlineData("10/20 * * * *", "2030-01-01 00:50:00", "2030-01-01 01:10:00")]
    [InlineData("0,15,40 * * * *", "2030-01-01 00:15:00", "2030-01-01 00:40:00")]
    [InlineData("0 9-17 * * *", "2030-01-01 17:00:00", "2030-01-02 09:00:00")]
    [InlineData("0 22-4/2 * * *", "2030-01-01 22:00:00", "2030-01-02 00:00:00")]
    [InlineData("0 22-4/2 * * *", "2030-01-02 04:00:00", "2030-01-02 22:00:00")]
    [InlineData("50-10/10 * * * *", "2030-01-01 00:10:00", "2030-01-01 00:50:00")]
    [InlineData("0 0 1 * *", "2030-01-01 00:00:00", "2030-02-01 00:00:00")]
    [InlineData("0 0 31 * *", "2030-01-31 00:00:00", "2030-03-31 00:00:00")]
    [InlineData("0 0 29 2 *", "2030-01-01 00:00:00", "2032-02-29 00:00:00")]
    [InlineData("0 0 29 2 *", "2096-02-29 00:00:00", "2104-02-29 00:00:00")]
    [InlineData("0 0 29 2 MON", "2033-01-01 00:00:00", "2044-02-29 00:00:00")]
    [InlineData("0 0 28-2 * *", "2030-01-02 00:00:00", "2030-01-28 00:00:00")]
    [InlineData("0 0 28-2 * *", "2030-01-31 00:00:00", "2030-02-01 00:00:00")]
    [InlineData("0 0 * 3 *", "2030-04-01 00:00:00", "2031-03-01 00:00:00")]
    [InlineData("0 0 1 JAN,jul *", "2030-01-01 00:00:00", "2030-07-01 00:00:00")]
    [InlineData("0 0 1 NOV-FEB *", "2030-02-01 00:00:00", "2030-11-01 00:00:00")]
    [InlineData("0 0 * * 0", "2030-01-01 00:00:00", "2030-01-06 00:00:00")]
    [InlineData("0 0 * * 7", "2030-01-01 00:00:00", "2030-01-06 00:00:00")]
    [InlineData("0 0 * * SUN", "2030-01-01 00:00:00", "2030-01-06 00:00:00")]
    [InlineData("0 0 * * mon-fri", "2030-01-04 00:00:00", "2030-01-07 00:00:00")]
    [InlineData("0 0 * * 5-7", "2030-01-06 00:00:00", "2030-01-11 00:00:00")]
    [InlineData("0 0 * * FRI-MON", "2030-01-07 00:00:00", "2030-01-11 00:00:00")]
    [InlineData("0 0 * * 0-7", "2030-01-05 00:00:00", "2030-01-06 00:00:00")]
    [InlineData("0 0 * * 1-7/2", "2030-01-04 00:00:00", "2030-01-06 00:00:00")]
    [InlineData("0 0 * * */3", "2030-01-06 00:00:00", "2030-01-09 00:00:00")]
    [InlineData("0 0 13 * FRI", "2030-01-01 00:00:00", "2030-09-13 00:00:00")]
    [InlineData("0 0 1-7 * MON", "2030-01-07 00:00:00", "2030-02-04 00:00:00")]
    [InlineData("0 0 ? * ?", "2030-01-01 00:00:00", "2030-01-02 00:00:00")]
    [InlineData("0 0 L * *", "2030-01-31 00:00:00", "2030-02-28 00:00:00")]
    [InlineData("0 0 L 2 *", "2030-03-01 00:00:00", "2031-02-28 00:00:00")]
    [InlineData("0 0 L 2 *", "2031-03-01 00:00:00", "2032-02-29 00:00:00")]
    [InlineData("0 0 L-2 * *", "2030-01-29 00:00:00", "2030-02-26 00:00:00")]
    [InlineData("0 0 15,L * *", "2030-01-15 00:00:00", "2030-01-31 00:00:00")]
    [InlineData("0 0 LW * *", "2030-06-01 00:00:00", "2030-06-28 00:00:00")]
    [InlineData("0 0 15W * *", "2030-06-01 00:00:00", "2030-06-14 00:00:00")]
    [InlineData("0 0 1W * *", "2030-06-01 00:00:00", "2030-06-03 00:00:00")]
    [InlineData("0 0 16w * *", "2030-06-01 00:00:00", "2030-06-17 00:00:00")]
    [InlineData("0 0 30W * *", "2030-06-01 00:00:00", "2030-06-28 00:00:00")]
    [InlineData("0 0 * * 5L", "2030-01-01 00:00:00", "2030-01-25 00:00:00")]
    [InlineData("0 0 * * friL", "2030-01-25 00:00:00", "2030-02-22 00:00:00")]
    [InlineData("0 0 * * TUE#1", "2030-01-01 00:00:00", "2030-02-05 00:00:00")]
    [InlineData("0 0 * * 4#5", "2030-01-01 00:00:00", "2030-01-31 00:00:00")]
    [InlineData("0 0 * * 7#2,WED#2", "2030-01-09 00:00:00", "2030-01-13 00:00:00")]
    [InlineData("*/10 * * * * *", "2030-01-01 00:00:50", "2030-01-01 00:01:00")]
    [InlineData("30 0 12 * * *", "2030-01-01 00:00:00", "2030-01-01 12:00:30")]
    [InlineData("59 59 23 31 12 *", "2030-12-31 23:59:59", "2031-12-31 23:59:59")]
    [InlineData("  0   12\t*  * * ", "2030-01-01 00:00:00", "2030-01-01 12:00:00")]
    [InlineData("@hourly", "2030-01-01 00:00:00", "2030-01-01 01:00:00")]
    [InlineData("@daily", "2030-01-01 00:00:00", "2030-01-02 00:00:00")]
    [InlineData("@midnight", "2030-01-01 00:00:00", "2030-01-02 00:00:00")]
    [InlineData("@Weekly", "2030-01-01 00:00:00", "2030-01-06 00:00:00")]
    [InlineData("@monthly", "2030-01-01 00:00:00", "2030-02-01 00:00:00")]
    [InlineData("@yearly", "2030-01-01 00:00:00", "2031-01-01 00:00:00")]
    [InlineData(" @annually ", "2030-01-01 00:00:00", "2031-01-01 00:00:00")]
    public void Next_run_follows_the_calendar(string cron, string after, string next)
    {
        CronExpression.Parse(cron).Next(Utc(after), TimeZoneInfo.Utc).Should().Be(Utc(next));
    }

    [Theory]
    [InlineData("0 0 30 2 *", "day of month 30 (field 3, position 5) and month 2 (field 4, position 8)")]
    [InlineData("0 0 31 4,6,9,11 *", "day of month 31 (field 3, position 5) and month 4,6,9,11 (field 4, position 8)")]
    [InlineData("0 0 1-7 * MON#5", "day of month 1-7 (field 3, position 5) and day of week MON#5 (field 5, position 11)")]
    [InlineData("0 0 31 2 MON", "day of month 31 (field 3, position 5) and month 2 (field 4, position 8) and day of week MON (field 5, position 10)")]
    [InlineData("0 0 1 * 5L", "day of month 1 (field 3, position 5) and day of week 5L (field 5, position 9)")]
    [InlineData("0 0 0 L-30 FEB ?", "day of month L-30 (field 4, position 7) and month FEB (field 5, position 12)")]
    public Task Date_that_never_comes_is_a_mistake_that_is_found_at_once(string cron, string fields)
    {
        var parse = () => CronExpression.Parse(cron);

        return Duration.UntilLessAsync(
            TimeSpan.FromSeconds(1),
            () => parse.Should().Throw<FormatException>().WithMessage($"cron '{cron}': no date matches {fields}"));
    }

    [Theory]
    [InlineData("0 0 13 * FRI", "2030-01-01 00:00:00", "2030-01-04 00:00:00")]
    [InlineData("0 0 13 * FRI", "2030-01-11 00:00:00", "2030-01-13 00:00:00")]
    [InlineData("0 0 1,L * MON#1", "2030-01-01 00:00:00", "2030-01-07 00:00:00")]
    [InlineData("0 0 30 2 SUN", "2030-02-01 00:00:00", "2030-02-03 00:00:00")]
    [InlineData("0 0 13 * *", "2030-01-01 00:00:00", "2030-01-13 00:00:00")]
    [InlineData("0 0 * * FRI", "2030-01-01 00:00:00", "2030-01-04 00:00:00")]
    [InlineData("0 0 ? * FRI", "2030-01-01 00:00:00", "2030-01-04 00:00:00")]
    [InlineData("0 0 */10 * TUE", "2030-01-01 00:00:00", "2030-05-21 00:00:00")]
    public void One_matching_day_is_enough_when_told(string cron, string after, string next)
    {
        CronExpression.Parse(cron, DayMatch.Or).Next(Utc(after), TimeZoneInfo.Utc).Should().Be(Utc(next));
    }

    [Theory]
    [InlineData("* * * * *")]
    [InlineData("0 0 29 2 MON")]
    [InlineData("0 12 * * *")]
    public void Ends_of_the_calendar_are_no_error(string cron)
    {
        var expression = CronExpression.Parse(cron);

        expression.Next(DateTimeOffset.MaxValue, ScheduleSpec.FindZone("Pacific/Kiritimati")).Should().BeNull();
        expression.Next(DateTimeOffset.MinValue, ScheduleSpec.FindZone("America/New_York")).Should().NotBeNull();
    }

    [Theory]
    [InlineData("60 * * * *", "minute (field 1, position 1): 60 is not between 0 and 59")]
    [InlineData("0 24 * * *", "hour (field 2, position 3): 24 is not between 0 and 23")]
    [InlineData("0 0 0 * *", "day of month (field 3, position 5): 0 is not between 1 and 31")]
    [InlineData("0 0 32 * *", "day of month (field 3, position 5): 32 is not between 1 and 31")]
    [InlineData("0 0 * 13 *", "month (field 4, position 7): 13 is not between 1 and 12")]
    [InlineData("0 0 * * 8", "day of week (field 5, position 9): 8 is not between 0 and 7")]
    [InlineData("60 0 0 * * *", "second (field 1, position 1): 60 is not between 0 and 59")]
    [InlineData("0 60 0 * * *", "minute (field 2, position 3): 60 is not between 0 and 59")]
    [InlineData("0  0  * *  MOON", "day of week (field 5, position 12): 'MOON' is not understood")]
    [InlineData("0 0 * * FRI#6", "day of week (field 5, position 13): 6 is not between 1 and 5")]
    [InlineData("0 0 * * #2", "day of week (field 5, position 9): a value is missing")]
    [InlineData("5,,10 * * * *", "minute (field 1, position 3): a value is missing")]
    [InlineData("5, * * * *", "minute (field 1, position 3): a value is missing")]
    [InlineData("5- * * * *", "minute (field 1, position 3): a value is missing")]
    [InlineData("-5 * * * *", "minute (field 1, position 1): a value is missing")]
    [InlineData("*/0 * * * *", "minute (field 1, position 3): the step 0 is not between 1 and 60")]
    [InlineData("*/61 * * * *", "minute (field 1, position 3): the step 61 is not between 1 and 60")]
    [InlineData("0,30,*/x * * * *", "minute (field 1, position 8): the step 'x' is not understood")]
    [InlineData("*/ * * * *", "minute (field 1, position 3): the step has no number")]
    [InlineData("1-70 * * * *", "minute (field 1, position 3): 70 is not between 0 and 59")]
    [InlineData("99999999999 * * * *", "minute (field 1, position 1): 99999999999 is not between 0 and 59")]
    [InlineData("? * * * *", "minute (field 1, position 1): '?' is not understood")]
    [InlineData("* * * JUNE *", "month (field 4, position 7): 'JUNE' is not understood")]
    [InlineData("* * 40W * *", "day of month (field 3, position 5): 40 is not between 1 and 31")]
    [InlineData("* * L-31 * *", "day of month (field 3, position 7): 31 is not between 1 and 30")]
    [InlineData("* * * * L", "day of week (field 5, position 9): a value is missing")]
    [InlineData("**/2 * * * *", "minute (field 1, position 1): '**' is not understood")]
    [InlineData("٣ * * * *", "minute (field 1, position 1): '٣' is not understood")]
    [InlineData("* * * *", "4 fields; expected 5")]
    [InlineData("* * * * * * *", "7 fields; expected 5")]
    [InlineData("", "0 fields; expected 5")]
    [InlineData("@reboot", "'@reboot' is not one of @hourly")]
    public void Mistake_is_named_with_its_field_and_position(string cron, string message)
    {
        var parse = () => CronExpression.Parse(cron);

        parse.Should().Throw<FormatException>().Which.Message.Should().StartWith($"cron '{cron}': {message}");
    }

    [Theory]
    [InlineData("30 2 * * *", false)]
    [InlineData("0,30 1-3 * * MON", false)]
    [InlineData("30 2 */2 * *", false)]
    [InlineData("@daily", false)]
    [InlineData("* 2 * * *", true)]
    [InlineData("30 * * * *", true)]
    [InlineData("*/15 2 * * *", true)]
    [InlineData("0 0-23/2 * * *", true)]
    [InlineData("* 30 2 * * *", true)]
    public void Wildcard_or_step_in_the_time_of_day_makes_an_interval(string cron, bool follows)
    {
        CronExpression.Parse(cron).FollowsElapsedTime.Should().Be(follows);
    }

    [Fact]
    public void Text_of_an_expression_is_what_was_parsed()
    {
        CronExpression.Parse("*/5 8-18 * * MON-FRI").ToString().Should().Be("*/5 8-18 * * MON-FRI");
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
