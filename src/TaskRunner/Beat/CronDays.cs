namespace TaskRunner.Beat;

/// <summary>The days on which a cron expression fires: a day must match the day of month and the day of week.</summary>
internal sealed class CronDays
{
    private readonly byte[] nth = new byte[7];
    private uint fromEnd;
    private uint nearestWorkday;
    private int lastWeekdays;
    private bool lastWorkday;
    private ulong daysOfMonth;
    private ulong daysOfWeek;

    public void AddDayFromEnd(int days) => fromEnd |= 1U << days;

    public void AddNearestWorkday(int day) => nearestWorkday |= 1U << day;

    public void AddLastWorkday() => lastWorkday = true;

    public void AddLastWeekday(int weekday) => lastWeekdays |= 1 << weekday;

    public void AddNthWeekday(int weekday, int number) => nth[weekday] |= (byte)(1 << number);

    public void Set(ulong monthDays, ulong weekDays)
    {
        daysOfMonth = monthDays;
        daysOfWeek = weekDays;
    }

    /// <summary>The days of one month that match, bit 1 for the first.</summary>
    public uint Mask(int year, int month)
    {
        var count = DateTime.DaysInMonth(year, month);
        var first = (int)new DateTime(year, month, 1).DayOfWeek;
        var mask = 0U;
        for (var day = 1; day <= count; day++)
        {
            if (MatchesWeekday((first + day - 1) % 7, day, count) && MatchesDay(day, count, first))
            {
                mask |= 1U << day;
            }
        }

        return mask;
    }

    private bool MatchesWeekday(int weekday, int day, int count) =>
        Has(daysOfWeek, weekday)
        || Has(nth[weekday], ((day - 1) / 7) + 1)
        || (day + 7 > count && Has((ulong)lastWeekdays, weekday));

    private bool MatchesDay(int day, int count, int first) =>
        Has(daysOfMonth, day)
        || Has(fromEnd, count - day)
        || (lastWorkday && day == NearestWorkday(count, count, first))
        || (nearestWorkday != 0 && IsNearestWorkday(day, count, first));

    private bool IsNearestWorkday(int day, int count, int first)
    {
        for (var wanted = 1; wanted <= count; wanted++)
        {
            if (Has(nearestWorkday, wanted) && NearestWorkday(wanted, count, first) == day)
            {
                return true;
            }
        }

        return false;
    }

    // A Saturday moves to Friday and a Sunday to Monday, unless that would leave the month.
    private static int NearestWorkday(int day, int count, int first) => ((first + day - 1) % 7) switch
    {
        6 => day > 1 ? day - 1 : day + 2,
        0 => day < count ? day + 1 : day - 2,
        _ => day,
    };

    private static bool Has(ulong bits, int value) => (bits >> value & 1) != 0;
}
