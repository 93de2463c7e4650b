using System.Globalization;

namespace TaskRunner.Beat;

/// <summary>Instants as people write them: <c>2030-01-31T09:00</c> on the clock of a time zone, or with an offset or <c>Z</c> of their own.</summary>
internal static class InstantText
{
    private static readonly string[] Local = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFF"];

    private static readonly string[] WithOffset = [.. Local.Skip(1).Select(format => format + "K")];

    private const string Outside = "in UTC it is not in the years 1 to 9999";

    /// <summary>Reads an instant, to the microsecond; a space may stand for the <c>T</c>.</summary>
    /// <remarks>A local time that clocks jump over is the first instant after the gap; one that is shown twice is the first of the two.</remarks>
    /// <exception cref="FormatException">The text is no such time; it says so with the name of what is read.</exception>
    public static DateTimeOffset Parse(string name, string text, TimeZoneInfo zone)
    {
        var time = text.Trim() is { Length: > 10 } trimmed && trimmed[10] == ' ' ? $"{trimmed[..10]}T{trimmed[11..].TrimStart()}" : text.Trim();
        if (DateTime.TryParseExact(time, Local, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            return InCalendar(name, text, local, zone);
        }

        if (DateTimeOffset.TryParseExact(time, WithOffset, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
        {
            return instant.ToUniversalTime();
        }

        throw IsOutsideTheCalendar(time)
            ? new FormatException($"{name} '{text}': {Outside}")
            : new FormatException($"{name} '{text}': expected a time like 2030-01-31T09:00 (in the schedule's time zone), 2030-01-31T09:00:00Z or 2030-01-31T09:00+01:00");
    }

    /// <summary>Writes an instant so that it can be read back.</summary>
    public static string Print(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>Writes an instant as the clock of a zone shows it, with the offset.</summary>
    public static string PrintIn(DateTimeOffset instant, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(instant, zone).ToString("yyyy-MM-dd HH:mm:ss.FFF zzz", CultureInfo.InvariantCulture);

    /// <summary>The instant at which the clock of a zone shows a time.</summary>
    public static DateTimeOffset OnTheWall(DateTime local, TimeZoneInfo zone)
    {
        // Candidates by the offsets of the days around; by asking for offsets alone, as everywhere here.
        var utc = DateTime.SpecifyKind(local, DateTimeKind.Utc);
        var (dayBefore, dayAfter) = (Shifted(utc, TimeSpan.FromHours(-26)), Shifted(utc, TimeSpan.FromHours(26)));
        var (before, after) = (zone.GetUtcOffset(dayBefore), zone.GetUtcOffset(dayAfter));
        foreach (var offset in new[] { before, after }.OrderDescending())
        {
            if (zone.GetUtcOffset(utc - offset) == offset)
            {
                return new DateTimeOffset(utc - offset);
            }
        }

        var change = ZoneTransitions.First(zone, dayBefore, dayAfter, before);
        return new DateTimeOffset(change ?? utc - before);
    }

    private static DateTimeOffset InCalendar(string name, string text, DateTime local, TimeZoneInfo zone)
    {
        try
        {
            return OnTheWall(local, zone);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new FormatException($"{name} '{text}': {Outside}");
        }
    }

    // Well written, at the first or the last hours of the calendar, or in a year before or after it.
    private static bool IsOutsideTheCalendar(string time)
    {
        var sign = time.LastIndexOfAny(['+', '-']);
        var hasOffset = sign > 10 && TimeSpan.TryParseExact(time[(sign + 1)..], @"hh\:mm", CultureInfo.InvariantCulture, out var offset) && offset <= TimeSpan.FromHours(14);
        var local = hasOffset ? time[..sign] : time.TrimEnd('Z');
        var year = local.IndexOf('-', StringComparison.Ordinal);
        return (hasOffset && DateTime.TryParseExact(local, Local, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            || (year >= 4 && local[..year].All(char.IsAsciiDigit) && (year > 4 || local[..year] == "0000")

                // Whatever the day: a leap year has them all.
                && DateTime.TryParseExact($"2000{local[year..]}", Local, CultureInfo.InvariantCulture, DateTimeStyles.None, out _));
    }

    // Stays in the calendar, so that its first and its last day have neighbours too.
    private static DateTime Shifted(DateTime utc, TimeSpan by) => new(Math.Clamp(utc.Ticks + by.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), DateTimeKind.Utc);
}
