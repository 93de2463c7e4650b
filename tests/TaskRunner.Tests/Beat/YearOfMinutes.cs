namespace TaskRunner.Tests.Beat;

/// <summary>Every minute of a year with what the clock on the wall shows then.</summary>
internal sealed class YearOfMinutes
{
    private readonly DateTime[] wall;

    public YearOfMinutes(TimeZoneInfo zone, int year)
    {
        First = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Last = First.AddYears(1).AddMinutes(-1);
        wall = new DateTime[(int)(Last - First).TotalMinutes + 1];
        for (var i = 0; i < wall.Length; i++)
        {
            wall[i] = TimeZoneInfo.ConvertTime(First.AddMinutes(i), zone).DateTime;
        }
    }

    public DateTimeOffset First { get; }

    public DateTimeOffset Last { get; }

    public List<DateTimeOffset> Matches(RandomFields fields)
    {
        var matches = new List<DateTimeOffset>();
        var latest = wall[0].AddMinutes(-1);
        for (var i = 0; i < wall.Length; i++)
        {
            var matched = IsMatch(fields, wall[i]);
            if (!fields.IsInterval)
            {
                // A time that was shown before does not count again; those that were jumped over count now.
                matched &= wall[i] > latest;
                for (var skipped = latest.AddMinutes(1); skipped < wall[i]; skipped = skipped.AddMinutes(1))
                {
                    matched |= IsMatch(fields, skipped);
                }

                latest = wall[i] > latest ? wall[i] : latest;
            }

            if (matched)
            {
                matches.Add(First.AddMinutes(i));
            }
        }

        return matches;
    }

    // Bit tests in this order, because half a million minutes are asked for each expression.
    private static bool IsMatch(RandomFields fields, DateTime time) =>
        (fields.Hours >> time.Hour & fields.Minutes >> time.Minute & 1) != 0
        && (fields.Weekdays >> (int)time.DayOfWeek & fields.Days >> time.Day & fields.Months >> time.Month & 1) != 0;
}
