using TaskRunner.Beat;

namespace TaskRunner.Tests.Beat;

/// <summary>A random cron expression whose values are known without parsing it.</summary>
internal sealed record RandomFields(string Text, bool IsInterval, ulong Minutes, ulong Hours, ulong Days, ulong Months, ulong Weekdays)
{
    public static RandomFields Draw(Random random, bool fixedTime)
    {
        var interval = false;
        var (minuteText, minutes) = Field(random, 0, 59, fixedTime ? 0 : 3, ref interval);
        var (hourText, hours) = Field(random, 0, 23, fixedTime ? 0 : 3, ref interval);
        var ignored = false;
        var (dayText, days) = Field(random, 1, 31, random.Next(3) == 0 ? 2 : 9, ref ignored);
        var (monthText, months) = Field(random, 1, 12, 9, ref ignored);
        var (weekdayText, weekdays) = Field(random, 0, 6, random.Next(3) == 0 ? 2 : 9, ref ignored);
        return new RandomFields($"{minuteText} {hourText} {dayText} {monthText} {weekdayText}", interval, minutes, hours, days, months, weekdays);
    }

    /// <summary>Whether a day matches, by the fields of days and month.</summary>
    public bool MatchesDate(DateTime date, DayMatch match)
    {
        var (day, weekday) = ((Days >> date.Day & 1) != 0, (Weekdays >> (int)date.DayOfWeek & 1) != 0);
        var words = Text.Split(' ');
        var either = match == DayMatch.Or && words[2] != "*" && words[4] != "*";
        return (Months >> date.Month & 1) != 0 && (either ? day || weekday : day && weekday);
    }

    // Of ten draws, that many are a star; without any, there is no step either.
    private static (string Text, ulong Values) Field(Random random, int min, int max, int stars, ref bool interval)
    {
        var kind = random.Next(10);
        if (kind < stars)
        {
            interval = true;
            return ("*", Bits(Enumerable.Range(min, max - min + 1)));
        }

        var from = random.Next(min, max + 1);
        var to = random.Next(from, max + 1);
        if (kind == 9)
        {
            return ($"{from}-{to}", Bits(Enumerable.Range(from, to - from + 1)));
        }

        if (kind == 8 && stars > 0)
        {
            interval = true;
            var step = random.Next(2, 7);
            return ($"{from}-{to}/{step}", Bits(Enumerable.Range(from, to - from + 1).Where(value => (value - from) % step == 0)));
        }

        int[] values = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(min, max + 1))];
        return (string.Join(',', values), Bits(values));
    }

    private static ulong Bits(IEnumerable<int> values) => values.Aggregate(0UL, (bits, value) => bits | (1UL << value));
}
