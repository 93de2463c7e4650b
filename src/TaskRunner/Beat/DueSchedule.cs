namespace TaskRunner.Beat;

/// <summary>What beat reads of a row of <c>schedules</c>: when it ticks, what a tick enqueues, and by which rules.</summary>
internal sealed record DueSchedule
{
    /// <summary>Stands for one that is there no more.</summary>
    public static DueSchedule Removed(Guid id) =>
        new() { Id = id, Name = $"{id} (removed)", Timing = new ScheduleTiming(), Task = "", Queue = "", Priority = 0, Arguments = "{}" };

    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required ScheduleTiming Timing { get; init; }

    public required string Task { get; init; }

    public required string Queue { get; init; }

    public required int Priority { get; init; }

    /// <summary>JSON text.</summary>
    public required string Arguments { get; init; }

    public CatchUp CatchUp { get; init; } = CatchUp.Latest;

    /// <summary>For <see cref="CatchUp.All"/>: missed ticks that are older than this are dropped.</summary>
    public TimeSpan CatchUpWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>For <see cref="CatchUp.All"/>: more missed ticks than this are dropped.</summary>
    public int CatchUpLimit { get; init; } = 10;

    public OverlapPolicy Overlap { get; init; }

    /// <summary>A task that has not started this long after its tick is dropped; null: never.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>Ticks after this instant count.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Nominal time of the tick that is due; null when it is to be computed.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>What the table says of it so far: why it does not run, or why its last tick did not become a task.</summary>
    public string? Problem { get; init; }

    /// <summary>Which of its columns cannot be used, one sentence; null when all can.</summary>
    public string? Unreadable { get; init; }

    /// <summary>The database refused to move it.</summary>
    public bool IsSetAside { get; init; }

    /// <summary>It was refused, nobody has edited it since, and it is tried again on its own.</summary>
    public bool IsRetried { get; init; }

    /// <summary>By how much the clock was ahead when its next time was found; null when it was not.</summary>
    public TimeSpan? Ahead { get; init; }
}
