using System.Globalization;
using System.Numerics;

namespace TaskRunner.Beat;

/// <summary>A cron expression: five fields (minute, hour, day of month, month, day of week), or six with the second in front.</summary>
/// <remarks>
/// <para>Fields take lists, ranges (also around the end, <c>22-4</c>), steps, names (<c>JAN</c>, <c>MON</c>), 0 and 7 for Sunday; days of month also
/// <c>L</c>, <c>L-3</c>, <c>LW</c> and <c>15W</c>; days of week also <c>5#3</c> (third Friday) and <c>5L</c> (last Friday). When day of month and day of week
/// are both restricted, <see cref="DayMatch"/> decides. Short forms: <c>@hourly</c>, <c>@daily</c>, <c>@midnight</c>, <c>@weekly</c>, <c>@monthly</c>, <c>@yearly</c>, <c>@annually</c>.</para>
/// <para>On days when clocks change, <see cref="GapRule"/> and <see cref="RepeatRule"/> say what becomes of fixed times. An expression with <c>*</c> or a
/// step in second, minute or hour follows elapsed time instead: it runs whenever the clock on the wall shows a time that matches.</para>
/// </remarks>
public sealed class CronExpression
{
    // The Gregorian calendar repeats weekdays and leap years within 40 years; what has not come by then never comes.
    private const int SearchYears = 50;

    private static readonly DateTime AnyTime = new(2000, 1, 1);

    private readonly string text;
    private readonly ulong seconds;
    private readonly ulong minutes;
    private readonly ulong hours;
    private readonly ulong months;
    private readonly CronDays days;

    private CronExpression(string text, ulong seconds, ulong minutes, ulong hours, ulong months, CronDays days, bool followsElapsedTime)
    {
        this.text = text;
        this.seconds = seconds;
        this.minutes = minutes;
        this.hours = hours;
        this.months = months;
        this.days = days;
        FollowsElapsedTime = followsElapsedTime;
    }

    /// <summary>Whether it runs at intervals, not at fixed times: see the remarks on days when clocks change.</summary>
    public bool FollowsElapsedTime { get; }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="days">Which days it means when it restricts day of month and day of week.</param>
    /// <exception cref="FormatException">The text is no cron expression, or its date never comes; the message names the field and the position.</exception>
    public static CronExpression Parse(string text, DayMatch days = DayMatch.And)
    {
        try
        {
            return Read(text, days);
        }
        catch (FormatException e)
        {
            throw new FormatException($"cron '{text}': {e.Message}");
        }
    }

    /// <summary>Finds the first instant after the given one at which the expression fires in a time zone, to the second.</summary>
    /// <returns>That instant in UTC; null when the calendar ends before.</returns>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone, GapRule gap = GapRule.Shift, RepeatRule repeat = RepeatRule.First) =>
        CronClock.Next(this, after, zone, gap, repeat);

    /// <summary>The text that was parsed.</summary>
    public override string ToString() => text;

    /// <summary>Finds the first match on the calendar alone, strictly after a wall-clock time.</summary>
    internal DateTime? NextOnCalendar(DateTime after)
    {
        if (after >= DateTime.MaxValue.AddSeconds(-1))
        {
            return null;
        }

        var from = new DateTime(after.Ticks - (after.Ticks % TimeSpan.TicksPerSecond)).AddSeconds(1);
        var lastYear = Math.Min(from.Year + SearchYears, 9999);
        for (int year = from.Year, month = from.Month; year <= lastYear; year += month / 12, month = (month % 12) + 1)
        {
            if ((months >> month & 1) == 0)
            {
                continue;
            }

            var isFirst = year == from.Year && month == from.Month;
            for (var mask = days.Mask(year, month) & (isFirst ? uint.MaxValue << from.Day : uint.MaxValue); mask != 0; mask &= mask - 1)
            {
                var date = new DateTime(year, month, BitOperations.TrailingZeroCount(mask));
                if (NextTime(date == from.Date ? from : date) is { } time)
                {
                    return date + time;
                }
            }
        }

        return null;
    }

    // The first time of day that matches, not before that of the argument.
    private TimeSpan? NextTime(DateTime from)
    {
        for (var hour = NextBit(hours, from.Hour); hour < 64; hour = NextBit(hours, hour + 1))
        {
            var sameHour = hour == from.Hour;
            for (var minute = NextBit(minutes, sameHour ? from.Minute : 0); minute < 64; minute = NextBit(minutes, minute + 1))
            {
                var second = NextBit(seconds, sameHour && minute == from.Minute ? from.Second : 0);
                if (second < 64)
                {
                    return new TimeSpan(hour, minute, second);
                }
            }
        }

        return null;
    }

    private static int NextBit(ulong bits, int from) => BitOperations.TrailingZeroCount(bits & (ulong.MaxValue << from));

    private static CronExpression Read(string text, DayMatch match)
    {
        var fields = Split(text.Trim().StartsWith('@') ? LongForm(text.Trim()) : text);
        if (fields.Count is not (5 or 6))
        {
            throw new FormatException($"{fields.Count} fields; expected 5 (minute, hour, day of month, month, day of week), or 6 with the second in front");
        }

        var days = new CronDays(match);
        var skip = fields.Count - 5;
        CronReader At(int index, CronField field) => new CronReader(field, index + 1, fields[index].Start).Read(fields[index].Text, days);
        var second = skip == 0 ? null : At(0, CronField.Second);
        var minute = At(skip, CronField.Minute);
        var hour = At(skip + 1, CronField.Hour);
        var dayOfMonth = At(skip + 2, CronField.DayOfMonth);
        var month = At(skip + 3, CronField.Month);
        var dayOfWeek = At(skip + 4, CronField.DayOfWeek);
        days.Set(dayOfMonth, dayOfWeek);
        var follows = (second?.HasWildcard ?? false) || minute.HasWildcard || hour.HasWildcard;
        var expression = new CronExpression(text, second?.Bits ?? 1, minute.Bits, hour.Bits, month.Bits, days, follows);
        return expression.NextOnCalendar(AnyTime) is null ? throw NeverComes(fields, skip) : expression;
    }

    private static FormatException NeverComes(List<(int Start, string Text)> fields, int skip)
    {
        var named = new[] { (CronField.DayOfMonth, skip + 2), (CronField.Month, skip + 3), (CronField.DayOfWeek, skip + 4) }
            .Where(field => fields[field.Item2].Text is not ("*" or "?"))
            .Select(field => string.Create(CultureInfo.InvariantCulture, $"{field.Item1.Name} {fields[field.Item2].Text} (field {field.Item2 + 1}, position {fields[field.Item2].Start + 1})"));
        return new FormatException($"no date matches {string.Join(" and ", named)}");
    }

    private static string LongForm(string name) => name.ToUpperInvariant() switch
    {
        "@HOURLY" => "0 * * * *",
        "@DAILY" or "@MIDNIGHT" => "0 0 * * *",
        "@WEEKLY" => "0 0 * * 0",
        "@MONTHLY" => "0 0 1 * *",
        "@YEARLY" or "@ANNUALLY" => "0 0 1 1 *",
        _ => throw new FormatException($"'{name}' is not one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually"),
    };

    private static List<(int Start, string Text)> Split(string text)
    {
        var fields = new List<(int, string)>();
        for (var start = 0; start < text.Length; start++)
        {
            if (!char.IsWhiteSpace(text[start]))
            {
                var end = start;
                while (end < text.Length && !char.IsWhiteSpace(text[end]))
                {
                    end++;
                }

                fields.Add((start, text[start..end]));
                start = end;
            }
        }

        return fields;
    }
}
