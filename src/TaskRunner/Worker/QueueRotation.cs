namespace TaskRunner.Worker;

/// <summary>Remembers which queues may have something, when their next delayed task is due, and whose turn it is. Pure: no clock, no broker.</summary>
internal sealed class QueueRotation
{
    private readonly string[] queues;
    private readonly bool[] mayHaveTasks;
    private readonly long?[] due;
    private int next;

    public QueueRotation(IReadOnlyList<string> queues)
    {
        this.queues = [.. queues];
        mayHaveTasks = new bool[queues.Count];
        due = new long?[queues.Count];
        SuspectAll();
    }

    /// <summary>Every queue may have something: after a start, a reconnect, or a long sleep.</summary>
    public void SuspectAll() => Array.Fill(mayHaveTasks, true);

    public void Suspect(string queue) => mayHaveTasks[IndexOf(queue)] = true;

    /// <summary>The queue is known to be empty.</summary>
    public void Empty(string queue) => mayHaveTasks[IndexOf(queue)] = false;

    public bool AnySuspected => Array.IndexOf(mayHaveTasks, true) >= 0;

    /// <summary>The next queue in turn that may have something; null when none has.</summary>
    public string? Next()
    {
        for (var i = 0; i < queues.Length; i++)
        {
            var candidate = (next + i) % queues.Length;
            if (mayHaveTasks[candidate])
            {
                next = (candidate + 1) % queues.Length;
                return queues[candidate];
            }
        }

        return null;
    }

    /// <summary>Notes when the queue's next delayed task is due, in milliseconds of any clock; null for none.</summary>
    public void SetDue(string queue, long? at) => due[IndexOf(queue)] = at;

    /// <summary>The earliest due time of all queues; null when nothing is delayed.</summary>
    public long? EarliestDue => due.Min();

    /// <summary>Queues with a delayed task that is due.</summary>
    public IEnumerable<string> Due(long now) => queues.Where((_, i) => due[i] <= now);

    private int IndexOf(string queue) => Array.IndexOf(queues, queue);
}
