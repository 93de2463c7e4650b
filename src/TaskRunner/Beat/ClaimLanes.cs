namespace TaskRunner.Beat;

/// <summary>How many schedules a claim takes at most, by how they stand; 0 leaves a kind out.</summary>
/// <param name="OnTime">Those whose time has come within the last seconds.</param>
/// <param name="Late">Those that are overdue by more.</param>
/// <param name="Fresh">Those without a due time, just made or edited.</param>
/// <param name="Again">Those that the database refused, and that are to be tried again: always in a claim of their own.</param>
/// <param name="Ahead">Those that were planned by a clock that was ahead.</param>
internal sealed record ClaimLanes(int OnTime, int Late, int Fresh, int Again = 0, int Ahead = 0)
{
    // So that 100,000 new schedules make no tick late.
    private const int MostFresh = 250;

    private const int MostAgain = 50;

    /// <summary>The kinds that are not left out, and how many of each.</summary>
    public IReadOnlyList<(ClaimKind Kind, int Most)> Kinds { get; } =
        [.. new[]
        {
            (ClaimKind.OnTime, OnTime),
            (ClaimKind.Late, Late),
            (ClaimKind.Fresh, Fresh),
            (ClaimKind.Again, Again),
            (ClaimKind.Ahead, Ahead),
        }.Where(lane => lane.Item2 > 0)];

    /// <summary>Everything that was not refused before, in batches of a size.</summary>
    public static ClaimLanes All(int batchSize) => new(batchSize, batchSize, Math.Min(batchSize, MostFresh));

    /// <summary>What was refused before and is to be tried again.</summary>
    public static ClaimLanes Retried(int batchSize) => new(0, 0, 0, Again: Math.Min(batchSize, MostAgain));

    /// <summary>Each kind on its own.</summary>
    public IEnumerable<ClaimLanes> Single =>
        new[] { new ClaimLanes(OnTime, 0, 0), new(0, Late, 0), new(0, 0, Fresh), new(0, 0, 0, Again), new(0, 0, 0, Ahead: Ahead) }
            .Where(lane => lane.Kinds.Count > 0);

    /// <summary>Whether it takes a single schedule.</summary>
    public bool IsOne => OnTime + Late + Fresh + Again + Ahead == 1;

    /// <summary>The same with one kind changed.</summary>
    /// <param name="lane">Which kind.</param>
    /// <param name="changed">Its new size.</param>
    public ClaimLanes With(ClaimLanes lane, ClaimLanes changed) =>
        new(
            lane.OnTime > 0 ? changed.OnTime : OnTime,
            lane.Late > 0 ? changed.Late : Late,
            lane.Fresh > 0 ? changed.Fresh : Fresh,
            lane.Again > 0 ? changed.Again : Again,
            lane.Ahead > 0 ? changed.Ahead : Ahead);

    /// <summary>Whether both take the same.</summary>
    public bool Equals(ClaimLanes? other) => other is not null && (OnTime, Late, Fresh, Again, Ahead) == (other.OnTime, other.Late, other.Fresh, other.Again, other.Ahead);

    public override int GetHashCode() => HashCode.Combine(OnTime, Late, Fresh, Again, Ahead);
}
