using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>What to do with a task that was just fetched.</summary>
internal enum SuspectVerdict
{
    /// <summary>Start it.</summary>
    Innocent,

    /// <summary>It is the one suspect of this worker: start it when no other suspect is held.</summary>
    Alone,

    /// <summary>There is a suspect already: give it back for a moment.</summary>
    Later,
}

/// <summary>
/// Keeps tasks apart that were taken back from dead workers nearly as often as is allowed. One of them may be what kills; the
/// others only happened to be there. With one suspect to a worker, a killer takes no innocent task into the dead set with it.
/// </summary>
/// <param name="maxRedeliveries">How often a task may be taken back; a task is a suspect one redelivery before that.</param>
internal sealed class SuspectGate(int maxRedeliveries)
{
    /// <summary>How long a second suspect waits in the broker.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private volatile string? suspect;
    private volatile bool hasStarted;
    private Held? waiting;

    public SuspectVerdict Judge(Held held)
    {
        if (held.Redeliveries < Math.Max(1, maxRedeliveries - 1))
        {
            return SuspectVerdict.Innocent;
        }

        if (suspect is not null)
        {
            return SuspectVerdict.Later;
        }

        hasStarted = false;
        suspect = held.Id;
        waiting = held;
        return SuspectVerdict.Alone;
    }

    /// <summary>Id of the suspect that waits for its start. Safe on any thread.</summary>
    public string? Waiting => hasStarted ? null : suspect;

    /// <summary>The suspect that waits for its start; null when there is none. It is handed out once.</summary>
    public Held? TakeWaiting()
    {
        var held = waiting;
        waiting = null;
        hasStarted = true;
        return held;
    }

    public void Finished(string id)
    {
        if (suspect == id)
        {
            suspect = null;
        }
    }

    public void Clear()
    {
        suspect = null;
        waiting = null;
    }
}
