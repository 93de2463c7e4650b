namespace TaskRunner.Beat;

/// <summary>The declared schedules cannot be used as they are; says all that is wrong with them at once.</summary>
public sealed class ScheduleFileException(IReadOnlyList<string> mistakes)
    : Exception($"The schedules file has {(mistakes.Count == 1 ? "a mistake" : $"{mistakes.Count} mistakes")}: {string.Join("; ", mistakes)}.")
{
    /// <summary>One line for each mistake, with the entry and the key.</summary>
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}
