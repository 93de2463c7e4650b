namespace TaskRunner.Beat;

/// <summary>Finds the instants at which a time zone changes its offset.</summary>
/// <remarks>By asking for offsets alone: the framework's answers about invalid and ambiguous times are wrong for zones with negative daylight saving.</remarks>
internal static class ZoneTransitions
{
    // No zone has changed its offset twice within six hours.
    private static readonly TimeSpan Step = TimeSpan.FromHours(6);

    /// <summary>The first second in (from, to] whose offset is not the given one; null when there is none.</summary>
    public static DateTime? First(TimeZoneInfo zone, DateTime from, DateTime to, TimeSpan offset)
    {
        for (var low = from; low < to;)
        {
            var high = to - low > Step ? low + Step : to;
            if (zone.GetUtcOffset(high) != offset)
            {
                return Narrow(zone, low, high, offset);
            }

            low = high;
        }

        return null;
    }

    // The offset is the given one at low and another one at high, both whole seconds.
    private static DateTime Narrow(TimeZoneInfo zone, DateTime low, DateTime high, TimeSpan offset)
    {
        while (high - low > TimeSpan.FromSeconds(1))
        {
            var middle = low + TimeSpan.FromSeconds(Math.Floor((high - low).TotalSeconds / 2));
            if (zone.GetUtcOffset(middle) == offset)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return high;
    }
}
