namespace TaskRunner.Beat;

/// <summary>How beat runs.</summary>
public sealed record BeatOptions
{
    /// <summary>Name of this beat, unique among all that share the database.</summary>
    public required string Name { get; init; }

    /// <summary>Version of the program, shown beside the name.</summary>
    public string Version { get; init; } = "";

    /// <summary>Schedules of the schedules file, brought into the database before the first tick; null leaves those that are there alone.</summary>
    public IReadOnlyList<ScheduleDeclaration>? Declared { get; init; }

    /// <summary>How many due schedules are settled in one transaction.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Longest sleep, and so the longest time until an edit takes effect.</summary>
    public TimeSpan LongestSleep { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long due schedules may be held while the broker is asked; then the server gives them to another beat. Longer than the broker's deadlines.</summary>
    public TimeSpan LongestHold { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time between two signs of life in the table <c>beats</c>.</summary>
    public TimeSpan ShowInterval { get; init; } = TimeSpan.FromSeconds(2);
}
