using System.Globalization;
using Npgsql;

namespace TaskRunner.Beat;

/// <summary>Instants as PostgreSQL keeps them: microseconds from the year 2000, in UTC. Its range is wider than the calendar of .NET, and it has two infinities.</summary>
internal static class PgInstant
{
    /// <summary>Later than every instant.</summary>
    public const long Infinity = long.MaxValue;

    /// <summary>Earlier than every instant.</summary>
    public const long MinusInfinity = long.MinValue;

    private const long MicrosecondsADay = 86_400_000_000;

    // Days from 0000-03-01 to 2000-01-01; years that begin in March have their leap day at the end.
    private const long DaysToEpoch = 730_425;

    private static readonly long EpochTicks = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    private static readonly long First = -EpochTicks / TimeSpan.TicksPerMicrosecond;

    private static readonly long Last = (DateTime.MaxValue.Ticks - EpochTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>The instant in microseconds, rounded down.</summary>
    public static long Of(DateTimeOffset instant) => (long)Math.Floor((decimal)(instant.UtcTicks - EpochTicks) / TimeSpan.TicksPerMicrosecond);

    /// <summary>Reads an instant of a row that was read.</summary>
    public static long Read(NpgsqlDataReader row, int column) => row.GetFieldValue<long>(column);

    /// <summary>Whether it lies in the years 1 to 9999.</summary>
    public static bool IsInCalendar(long instant) => instant >= First && instant <= Last;

    /// <summary>The instant; the nearest end of the calendar for one outside the years 1 to 9999.</summary>
    public static DateTimeOffset Clamp(long instant) =>
        instant < First ? DateTimeOffset.MinValue
        : instant > Last ? DateTimeOffset.MaxValue
        : new DateTimeOffset(EpochTicks + (instant * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>Writes any instant for people, as PostgreSQL does: <c>10000-01-01 04:59:59Z</c>, <c>4713-11-24 BC</c>, <c>infinity</c>.</summary>
    public static string Print(long instant)
    {
        if (instant is Infinity or MinusInfinity)
        {
            return instant == Infinity ? "infinity" : "-infinity";
        }

        var (days, rest) = Math.DivRem(instant, MicrosecondsADay);
        if (rest < 0)
        {
            (days, rest) = (days - 1, rest + MicrosecondsADay);
        }

        var (year, month, day) = Date(days + DaysToEpoch);
        var time = TimeSpan.FromMicroseconds(rest);
        return string.Create(CultureInfo.InvariantCulture, $"{(year > 0 ? year : 1 - year):0000}-{month:00}-{day:00} {time:hh\\:mm\\:ss}Z{(year > 0 ? "" : " BC")}");
    }

    // 400 years have 146,097 days, whatever the year.
    private static (long Year, long Month, long Day) Date(long days)
    {
        var era = (days >= 0 ? days : days - 146_096) / 146_097;
        var dayOfEra = days - (era * 146_097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shifted = ((5 * dayOfYear) + 2) / 153;
        var day = dayOfYear - (((153 * shifted) + 2) / 5) + 1;
        var month = shifted < 10 ? shifted + 3 : shifted - 9;
        return (yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, day);
    }
}
