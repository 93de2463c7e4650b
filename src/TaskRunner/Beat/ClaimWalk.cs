namespace TaskRunner.Beat;

/// <summary>
/// Where claims are in the order of due times. Schedules that are set aside stay in that order, and a claim looks through a page of it:
/// with many of them it takes several claims to see all, and then there is a rest in which only what is new is looked for.
/// </summary>
/// <param name="time">Its timestamps count; what they are set to does not matter.</param>
internal sealed class ClaimWalk(TimeProvider time)
{
    // How much longer than a walk of several pages the rest after it is.
    private const int Rest = 3;

    // In the rest, what has become late since the walk began; a little more, as the claims of others take time.
    private const long Overlap = 10_000_000;

    private readonly Lane late = new(PgInstant.MinusInfinity);
    private readonly Lane fresh = new(PgInstant.MinusInfinity);

    /// <summary>Whether any schedule is set aside, by what was seen last: only then are claims to look through pages.</summary>
    public bool IsPaged { get; private set; } = true;

    // Whether any schedule is late or fresh, by what was seen last.
    private bool isBehind = true;

    /// <summary>The schedule that a claim of one has taken; null when there is none.</summary>
    public (Guid Id, string Name)? Head { get; set; }

    /// <summary>Notes what a claim saw, or that a schedule was set aside.</summary>
    public void Look(bool isAnyAside, bool isBehind) => (IsPaged, this.isBehind) = (isAnyAside, isBehind);

    /// <summary>Whether a claim leaves out kinds of which there was nothing to be seen.</summary>
    public bool LeavesOut(ClaimLanes lanes) => !IsPaged && !isBehind && lanes.OnTime > 0 && lanes.Late + lanes.Fresh > 0;

    /// <summary>The kinds that a claim takes, and how many of each.</summary>
    public IReadOnlyList<(ClaimKind Kind, int Most)> Taken(ClaimLanes lanes) => LeavesOut(lanes) ? [(ClaimKind.OnTime, lanes.OnTime)] : lanes.Kinds;

    /// <summary>Where to begin; null for kinds that are not looked through in pages.</summary>
    public (long Due, Guid Id)? Of(ClaimKind kind) => LaneOf(kind) is { } lane ? lane.From : null;

    /// <summary>Notes what a claim saw.</summary>
    /// <param name="kind">The kind of schedules.</param>
    /// <param name="now">The time of the database.</param>
    /// <param name="isFull">Whether it took as many as it may: then it comes back to the same page.</param>
    /// <param name="end">Where the next page begins; null when this was the last.</param>
    /// <returns>Whether there is more to look through now.</returns>
    public bool Read(ClaimKind kind, long now, bool isFull, (long Due, Guid Id)? end)
    {
        var lane = LaneOf(kind)!;
        if (isFull)
        {
            return true;
        }

        if (lane.RestsUntil is { } until)
        {
            if (time.GetElapsedTime(until) >= TimeSpan.Zero)
            {
                lane.Begin();
            }

            return false;
        }

        if (end is { } next)
        {
            lane.Began ??= (time.GetTimestamp(), now);
            lane.From = next;
            return true;
        }

        if (lane.Began is { } began)
        {
            var rest = time.GetElapsedTime(began.At) * Rest;
            lane.RestsUntil = time.GetTimestamp() + (long)(rest.TotalSeconds * time.TimestampFrequency);
            lane.From = kind == ClaimKind.Late ? (Math.Max(began.Now - Overlap, PgInstant.MinusInfinity + 1), Guid.Empty) : lane.Start;
            lane.Began = null;
        }
        else
        {
            lane.Begin();
        }

        return false;
    }

    private Lane? LaneOf(ClaimKind kind) => kind switch
    {
        ClaimKind.Late => late,
        ClaimKind.Fresh => fresh,
        _ => null,
    };

    private sealed class Lane(long start)
    {
        public (long Due, Guid Id) Start => (start, Guid.Empty);

        public (long Due, Guid Id) From { get; set; } = (start, Guid.Empty);

        public (long At, long Now)? Began { get; set; }

        public long? RestsUntil { get; set; }

        public void Begin() => (From, Began, RestsUntil) = (Start, null, null);
    }
}
