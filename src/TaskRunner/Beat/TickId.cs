using System.Globalization;

namespace TaskRunner.Beat;

/// <summary>The id of a tick's task: always the same, whichever beat makes it and however often.</summary>
public static class TickId
{
    /// <summary>Makes the id from the schedule and the tick's nominal time, to the microsecond.</summary>
    public static Guid Of(Guid schedule, DateTimeOffset nominal) =>
        NameBasedGuid.Create(schedule, nominal.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
}
