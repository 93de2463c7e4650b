namespace TaskRunner.Beat;

/// <summary>
/// The plans of a claim, in groups that are written together. A refused group comes back in pieces, until the row that the database refuses
/// is alone. Rows that a claim had no time for stay suspect, so that the next claim continues where this one stopped.
/// </summary>
internal sealed class WriteGroups
{
    private const int Pieces = 8;

    // Rows that another beat took, or that were removed, are never settled here: beyond this many, all are forgotten.
    private const int MostDoubtful = 10_000;

    private readonly Dictionary<Guid, int> doubtful = [];
    private readonly PriorityQueue<List<TickPlan>, int> large = new();
    private readonly PriorityQueue<List<TickPlan>, int> small = new();
    private readonly Queue<List<TickPlan>> again = new();
    private readonly HashSet<List<TickPlan>> open = [];
    private bool isSmallNext;

    /// <summary>How many groups are left.</summary>
    public int Count => open.Count + again.Count;

    /// <summary>Takes the plans of a claim, instead of what was left of the one before.</summary>
    public void Start(IReadOnlyCollection<TickPlan> plans)
    {
        large.Clear();
        small.Clear();
        again.Clear();
        open.Clear();
        isSmallNext = false;
        if (doubtful.Count > MostDoubtful)
        {
            doubtful.Clear();
        }

        foreach (var suspects in plans.Where(plan => !plan.Schedule.IsRetried).GroupBy(SizeOf))
        {
            Add(suspects, suspects.Key);
        }

        foreach (var plan in plans.Where(plan => plan.Schedule.IsRetried))
        {
            again.Enqueue([plan]);
        }
    }

    /// <summary>
    /// The next group: the largest and the smallest in turn, so that healthy rows are written in large pieces and a refused row is found,
    /// however many others come. Those that were refused before come last, each on its own, so that nobody waits for them.
    /// </summary>
    public bool TryTake(out List<TickPlan> group)
    {
        var (one, other) = isSmallNext ? (small, large) : (large, small);
        isSmallNext = !isSmallNext;
        while (one.TryDequeue(out group!, out _) || other.TryDequeue(out group!, out _))
        {
            if (open.Remove(group))
            {
                return true;
            }
        }

        return again.TryDequeue(out group!);
    }

    /// <summary>These are suspect no longer: they are written, or set aside.</summary>
    public void Settle(List<TickPlan> group)
    {
        foreach (var plan in group)
        {
            doubtful.Remove(plan.Schedule.Id);
        }
    }

    /// <summary>Puts a refused group back in pieces.</summary>
    public void Split(List<TickPlan> group)
    {
        var size = (group.Count + Pieces - 1) / Pieces;
        foreach (var plan in group)
        {
            doubtful[plan.Schedule.Id] = size;
        }

        Add(group, size);
    }

    private int SizeOf(TickPlan plan) => doubtful.GetValueOrDefault(plan.Schedule.Id, int.MaxValue);

    private void Add(IEnumerable<TickPlan> plans, int size)
    {
        foreach (var piece in plans.Chunk(size))
        {
            List<TickPlan> group = [.. piece];
            open.Add(group);
            large.Enqueue(group, -group.Count);
            small.Enqueue(group, group.Count);
        }
    }
}
