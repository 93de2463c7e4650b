namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>Rate limits. Their times are days, so that nothing opens by itself; what passes time opens all.</summary>
internal sealed partial class QueueModel
{
    public const string QueueBucket = "q";

    public const string TypeBucket = "t:debug.echo";

    public const string KeyBucket = "k:r";

    /// <summary>How many may start at once in each bucket.</summary>
    public static readonly IReadOnlyDictionary<string, int> Ahead = new Dictionary<string, int>(StringComparer.Ordinal) { [QueueBucket] = 3, [TypeBucket] = 2, [KeyBucket] = 1 };

    private readonly Dictionary<string, int> starts = Ahead.Keys.ToDictionary(bucket => bucket, _ => 0, StringComparer.Ordinal);

    /// <summary>Buckets that somebody waits for, and whether they are looked at when what is due is moved.</summary>
    private readonly SortedDictionary<string, bool> rateBuckets = new(StringComparer.Ordinal);

    private bool typeLimited;
    private bool queueLimited;

    public string LimitType(bool on)
    {
        var changed = on != typeLimited;
        typeLimited = on;
        if (changed && rateBuckets.ContainsKey(TypeBucket))
        {
            rateBuckets[TypeBucket] = true;
        }

        woke |= changed;
        return Line($"changed {changed}");
    }

    public string LimitQueue(bool on)
    {
        var changed = on != queueLimited;
        queueLimited = on;
        woke |= changed;
        return Line($"changed {changed}");
    }

    public string PassTime()
    {
        foreach (var bucket in Ahead.Keys)
        {
            starts[bucket] = 0;
        }

        foreach (var bucket in rateBuckets.Keys.ToList())
        {
            rateBuckets[bucket] = true;
        }

        return "";
    }

    /// <summary>All that is delayed becomes due and is moved, and what its rate limits let start.</summary>
    public string Promote()
    {
        var (expired, moved) = (Ended("expired"), 0);
        foreach (var task in In(ModelTask.Delayed))
        {
            if (task.IsOverdue)
            {
                Finish(task, "expired", Orphaned);
            }
            else
            {
                ToTail(task);
                moved++;
            }
        }

        foreach (var bucket in rateBuckets.Where(b => b.Value).Select(b => b.Key).ToList())
        {
            moved += Open(bucket);
        }

        var opened = queueLimited && StartsLeft(QueueBucket) > 0 && tasks.Values.Any(t => t.IsReady);
        return Line($"promoted {moved}, expired {Ended("expired") - expired}, queue opened {opened}");
    }

    private int Open(string bucket)
    {
        var freed = new List<ModelTask>();
        while (FirstParked(bucket) is { } task)
        {
            if (task.IsOverdue)
            {
                Finish(task, "expired", Orphaned);
            }
            else if (BucketsOf(task).Contains(bucket) && StartsLeft(bucket) == 0)
            {
                rateBuckets[bucket] = false;
                break;
            }
            else if (!ParkByRate(task, bucket))
            {
                CountStart(task);
                (task.IsCounted, task.Place) = (true, ModelTask.Gone);
                freed.Add(task);
            }
        }

        if (FirstParked(bucket) is null)
        {
            rateBuckets.Remove(bucket);
        }

        freed.Reverse();
        freed.ForEach(ToHead);
        return freed.Count;
    }

    /// <summary>Parks a task that its limits do not let start, behind those that wait already.</summary>
    private bool ParkByRate(ModelTask task, string? leaves = null)
    {
        var bucket = BucketsOf(task).FirstOrDefault(b => (b != leaves && rateBuckets.ContainsKey(b)) || StartsLeft(b) == 0);
        if (bucket is not null)
        {
            Park(task, bucket);
            rateBuckets.TryAdd(bucket, false);
        }

        return bucket is not null;
    }

    private void CountStart(ModelTask task)
    {
        foreach (var bucket in BucketsOf(task).Where(_ => !task.IsCounted))
        {
            starts[bucket]++;
        }
    }

    private IEnumerable<string> BucketsOf(ModelTask task)
    {
        if (typeLimited)
        {
            yield return TypeBucket;
        }

        if (task.Rules.IsRated)
        {
            yield return KeyBucket;
        }
    }

    private int StartsLeft(string bucket) => Math.Max(0, Ahead[bucket] - starts[bucket]);
}
