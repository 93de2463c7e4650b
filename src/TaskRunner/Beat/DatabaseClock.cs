namespace TaskRunner.Beat;

/// <summary>Notices that the clock of the database jumped, against the time that really passed here.</summary>
/// <param name="time">Its timestamps count; what they are set to does not matter.</param>
internal sealed class DatabaseClock(TimeProvider time)
{
    // Less is what a clock that is corrected in small steps does, and no schedule suffers from it.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(500);

    private readonly long origin = time.GetTimestamp();
    private (TimeSpan Low, TimeSpan High)? offset;

    /// <summary>Takes a reading.</summary>
    /// <param name="now">What the database said.</param>
    /// <param name="asked">Timestamp from before it was asked.</param>
    /// <param name="answered">Timestamp from after it had answered.</param>
    /// <returns>How far its clock jumped since the last reading: positive forward, negative back; zero when it did not.</returns>
    public TimeSpan Read(DateTimeOffset now, long asked, long answered)
    {
        // The database looked at its clock somewhere between the two timestamps.
        var reading = now - DateTimeOffset.UnixEpoch;
        var (low, high) = (reading - time.GetElapsedTime(origin, answered), reading - time.GetElapsedTime(origin, asked));
        var jump = offset switch
        {
            { } known when low > known.High + Least => low - known.High,
            { } known when high < known.Low - Least => high - known.Low,
            _ => TimeSpan.Zero,
        };

        // A quick answer tells more than a slow one; it gives way slowly, as both clocks drift.
        offset = jump == TimeSpan.Zero && offset is { } kept && kept.High - kept.Low < high - low
            ? (kept.Low - Drift, kept.High + Drift)
            : (low, high);
        return jump;
    }

    private static readonly TimeSpan Drift = TimeSpan.FromMicroseconds(100);
}
