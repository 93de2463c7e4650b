using TaskRunner.Loops;

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

    /// <summary>Which file or program declares them; sets of different sources leave each other alone.</summary>
    public string DeclaredSource { get; init; } = "";

    /// <summary>Of two sets of a source, the one with the higher version is in force; 0 when versions are not given.</summary>
    public long DeclaredVersion { get; init; }

    /// <summary>The task types of this program, whose rules hold for ticks too.</summary>
    internal TaskRegistry Registry { get; init; } = new();

    /// <summary>Supervises the loops; null for a supervisor of its own.</summary>
    internal LoopSupervisor? Loops { get; init; }

    /// <summary>How many schedules, or ticks, are dealt with in one transaction.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>Longest sleep: half the time in which an edit takes effect.</summary>
    public TimeSpan LongestSleep { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long due schedules may be held; then the server gives them to another beat.</summary>
    public TimeSpan LongestHold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a beat has for enqueueing a tick that it wrote, before another one does it.</summary>
    public TimeSpan HandOver { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long after a tick was sent it is looked for, unless its result is known; each further time takes twice as long.</summary>
    public TimeSpan ConfirmAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the row of a tick is kept, in whole days (UTC).</summary>
    public TimeSpan TickTimeToLive { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Time between two signs of life in the table <c>beats</c>.</summary>
    public TimeSpan ShowInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time between two counts of all schedules, which read the whole table.</summary>
    public TimeSpan CountInterval { get; init; } = TimeSpan.FromSeconds(15);
}
