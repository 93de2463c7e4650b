namespace TaskRunner.Worker;

/// <summary>
/// Remembers which queues may have something, when their next delayed task is due, and whose turn it is. Pure: no clock, no broker.
/// Shares are kept by stride scheduling (C. Waldspurger and W. Weihl, "Stride Scheduling", MIT, 1995): each task that a queue was given
/// moves it forward by one over its weight, and the queue that is least far has the next turn.
/// </summary>
internal sealed class QueueRotation
{
    private Lane[] lanes = [];
    private QueueOrder order;
    private double progress;
    private int next;

    public QueueRotation(WorkerPlan plan) => Follow(plan);

    /// <summary>Goes on with another order or other queues; what is known of queues that stay is kept.</summary>
    public void Follow(WorkerPlan plan)
    {
        var known = lanes.ToDictionary(l => l.Name, StringComparer.Ordinal);
        order = plan.Order;
        lanes = [.. plan.Queues.Select(q => known.GetValueOrDefault(q.Name) ?? new Lane(q.Name) { MayHaveTasks = true, Progress = progress })];
        foreach (var (lane, queue) in lanes.Zip(plan.Queues))
        {
            lane.Weight = order == QueueOrder.Weighted ? queue.Weight : 1;
        }

        next = 0;
    }

    /// <summary>Every queue may have something: after a start, a reconnect, or a long sleep.</summary>
    public void SuspectAll()
    {
        foreach (var lane in lanes)
        {
            Suspect(lane);
        }
    }

    public void Suspect(string queue)
    {
        if (Find(queue) is { } lane)
        {
            Suspect(lane);
        }
    }

    /// <summary>The queue is known to be empty.</summary>
    public void Empty(string queue)
    {
        if (Find(queue) is { } lane)
        {
            lane.MayHaveTasks = false;
        }
    }

    public bool AnySuspected => Array.Exists(lanes, l => l.MayHaveTasks);

    /// <summary>The queue whose turn it is, of those that may have something; null when none has. A turn counts as one task.</summary>
    public string? Next()
    {
        var best = -1;
        for (var i = 0; i < lanes.Length; i++)
        {
            var candidate = order == QueueOrder.Strict ? i : (next + i) % lanes.Length;
            if (lanes[candidate].MayHaveTasks && (best < 0 || (order != QueueOrder.Strict && lanes[candidate].Progress < lanes[best].Progress)))
            {
                best = candidate;
            }
        }

        if (best < 0)
        {
            return null;
        }

        next = (best + 1) % lanes.Length;
        progress = Math.Max(progress, lanes[best].Progress);
        lanes[best].Advance(1);
        return lanes[best].Name;
    }

    /// <summary>What the last turn of the queue brought.</summary>
    public void Fetched(string queue, int count)
    {
        if (count > 1)
        {
            Find(queue)?.Advance(count - 1);
        }
    }

    /// <summary>Notes when the queue's next delayed task is due, in milliseconds of any clock; null for none.</summary>
    public void SetDue(string queue, long? at)
    {
        if (Find(queue) is { } lane)
        {
            lane.Due = at;
        }
    }

    /// <summary>The earliest due time of all queues; null when nothing is delayed.</summary>
    public long? EarliestDue => lanes.Min(l => l.Due);

    /// <summary>Queues with a delayed task that is due.</summary>
    public IEnumerable<string> Due(long now) => lanes.Where(l => l.Due <= now).Select(l => l.Name);

    /// <summary>A queue that was empty for long has no claim to what it did not use.</summary>
    private void Suspect(Lane lane)
    {
        if (!lane.MayHaveTasks)
        {
            lane.MayHaveTasks = true;
            lane.Progress = Math.Max(lane.Progress, progress);
        }
    }

    private Lane? Find(string queue)
    {
        foreach (var lane in lanes)
        {
            if (lane.Name == queue)
            {
                return lane;
            }
        }

        return null;
    }

    private sealed class Lane(string name)
    {
        public string Name => name;

        public int Weight { get; set; } = 1;

        public bool MayHaveTasks { get; set; }

        public long? Due { get; set; }

        public double Progress { get; set; }

        public void Advance(int tasks) => Progress += (double)tasks / Weight;
    }
}
