using System.Numerics;

namespace TaskRunner.Beat;

/// <summary>The days on which a cron expression fires.</summary>
internal sealed class CronDays(DayMatch match)
{
    private const ulong AllWeekdays = 0x7F;

    // A weekday that falls on the first of a month falls on these.
    private const ulong EverySeventh = 1UL << 1 | 1UL << 8 | 1UL << 15 | 1UL << 22 | 1UL << 29;

    private readonly byte[] nth = new byte[7];
    private uint fromEnd;
    private uint nearestWorkday;
    private int lastWeekdays;
    private bool lastWorkday;
    private ulong daysOfMonth;
    private ulong daysOfWeek;
    private bool either;

    public void AddDayFromEnd(int days) => fromEnd |= 1U << days;

    public void AddNearestWorkday(int day) => nearestWorkday |= 1U << day;

    public void AddLastWorkday() => lastWorkday = true;

    public void AddLastWeekday(int weekday) => lastWeekdays |= 1 << weekday;

    public void AddNthWeekday(int weekday, int number) => nth[weekday] |= (byte)(1 << number);

    public void Set(CronReader dayOfMonth, CronReader dayOfWeek)
    {
        daysOfMonth = dayOfMonth.Bits;
        daysOfWeek = dayOfWeek.Bits;
        either = match == DayMatch.Or && !dayOfMonth.IsOpen && !dayOfWeek.IsOpen;
    }

    /// <summary>The days of one month that match, bit 1 for the first.</summary>
    public uint Mask(int year, int month)
    {
        var count = DateTime.DaysInMonth(year, month);
        var first = (int)new DateTime(year, month, 1).DayOfWeek;
        var all = (1UL << (count + 1)) - 2;
        var byMonth = MonthDays(count, first);
        var byWeek = WeekDays(count, first);
        return (uint)(all & (either ? byMonth | byWeek : byMonth & byWeek));
    }

    private ulong MonthDays(int count, int first)
    {
        var mask = daysOfMonth;
        for (var bits = fromEnd; bits != 0; bits &= bits - 1)
        {
            var day = count - BitOperations.TrailingZeroCount(bits);
            mask |= day > 0 ? 1UL << day : 0;
        }

        for (var bits = nearestWorkday; bits != 0; bits &= bits - 1)
        {
            var day = BitOperations.TrailingZeroCount(bits);
            mask |= day <= count ? 1UL << NearestWorkday(day, count, first) : 0;
        }

        return lastWorkday ? mask | 1UL << NearestWorkday(count, count, first) : mask;
    }

    private ulong WeekDays(int count, int first)
    {
        if (daysOfWeek == AllWeekdays)
        {
            return ulong.MaxValue;
        }

        var mask = 0UL;
        for (var weekday = 0; weekday < 7; weekday++)
        {
            var shift = (weekday - first + 7) % 7;
            mask |= (daysOfWeek >> weekday & 1) != 0 ? EverySeventh << shift : 0;
            mask |= (lastWeekdays >> weekday & 1) != 0 ? 1UL << (count - ((count - 1 - shift) % 7)) : 0;
            for (var bits = (uint)nth[weekday]; bits != 0; bits &= bits - 1)
            {
                mask |= 1UL << (1 + shift + (7 * (BitOperations.TrailingZeroCount(bits) - 1)));
            }
        }

        return mask;
    }

    // A Saturday moves to Friday and a Sunday to Monday, unless that would leave the month.
    private static int NearestWorkday(int day, int count, int first) => ((first + day - 1) % 7) switch
    {
        6 => day > 1 ? day - 1 : day + 2,
        0 => day < count ? day + 1 : day - 2,
        _ => day,
    };
}
