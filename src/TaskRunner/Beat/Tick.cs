namespace TaskRunner.Beat;

/// <summary>A tick that is a row already and is to be a task.</summary>
/// <param name="Schedule">Its schedule.</param>
/// <param name="Nominal">The instant that the schedule names.</param>
/// <param name="State">Where it stands, one of <see cref="TickState"/>.</param>
internal sealed record Tick(DueSchedule Schedule, DateTimeOffset Nominal, string State)
{
    /// <summary>The id of its task.</summary>
    public Guid Id { get; } = TickId.Of(Schedule.Id, Nominal);

    /// <summary>The nominal time as the table has it; a row written by hand may lie outside the calendar, and <see cref="Nominal"/> at its end then.</summary>
    public long At { get; init; } = PgInstant.Of(Nominal);

    /// <summary>The key of its row.</summary>
    public TickKey Key => new(Schedule.Id, At);

    /// <summary>The queue of its task: that of its schedule when it was written, or first looked at.</summary>
    public string Queue { get; init; } = Schedule.Queue;

    /// <summary>Whether somebody may have asked the broker for its task before, and not have heard or noted the answer.</summary>
    public bool MayBeKnown { get; init; }

    /// <summary>Whether that may be so long ago that the broker has forgotten the task.</summary>
    public bool IsForgotten { get; init; }

    /// <summary>Whether its schedule is there no more.</summary>
    public bool IsRemoved { get; init; }

    /// <summary>Whether the broker had its task before and may have lost it.</summary>
    public bool WasSent => State == TickState.Sent;
}
