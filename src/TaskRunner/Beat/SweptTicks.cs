namespace TaskRunner.Beat;

/// <summary>What one or several sweeps took.</summary>
internal sealed class SweptTicks
{
    /// <summary>The time of the database; the first instant of the calendar when nothing was taken.</summary>
    public DateTimeOffset Now { get; set; } = DateTimeOffset.MinValue;

    /// <summary>The ticks that are to be enqueued or looked for.</summary>
    public List<Tick> Ticks { get; } = [];

    /// <summary>Ticks that were taken and whose rows stayed as they were, without an error.</summary>
    public List<TickKey> Unmoved { get; } = [];

    /// <summary>How many were moved on.</summary>
    public int Moved { get; set; }

    /// <summary>How many of them are over, because their schedules were removed.</summary>
    public int Removed { get; set; }

    /// <summary>The time until the next one is to be looked at; null when none is.</summary>
    public TimeSpan? Next { get; set; }

    /// <summary>Whether there may be more of them now.</summary>
    public bool IsMore { get; set; }

    /// <summary>Adds what another sweep took.</summary>
    public void Add(SweptTicks other)
    {
        Now = other.Now > Now ? other.Now : Now;
        Ticks.AddRange(other.Ticks);
        Unmoved.AddRange(other.Unmoved);
        Moved += other.Moved;
        Removed += other.Removed;
        Next = other.Next ?? Next;
    }
}
