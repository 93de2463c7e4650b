namespace TaskRunner.Broker;

/// <summary>What becomes of a task that a worker held.</summary>
/// <param name="Id">The id as the broker knows it.</param>
/// <param name="Queue">The queue it came from.</param>
internal abstract record Settlement(string Id, string Queue);

/// <summary>It finished: remove it and keep its result.</summary>
/// <param name="Result">Record for the results table; empty when results are not kept.</param>
/// <param name="Options">The options segment of its message, so that what its rules hold is given back; empty when it has none.</param>
internal sealed record Acknowledge(string Id, string Queue, byte[] Result, ReadOnlyMemory<byte> Options = default) : Settlement(Id, Queue)
{
    public Acknowledge(Held held, byte[] result)
        : this(held.Id, held.Queue, result, EnvelopeOptions.Of(held.Bytes))
    {
    }
}

/// <summary>It failed and runs again after a delay.</summary>
/// <param name="OverBudget">What becomes of it instead when the retries of the queue are over their budget; null when it counts for none.</param>
internal sealed record Retry(string Id, string Queue, byte[] Message, TimeSpan Delay, byte[] Result, Bury? OverBudget = null) : Settlement(Id, Queue)
{
    /// <summary>What becomes of it when memory is too short to send its message; null when that is small.</summary>
    public Bury? TooLarge { get; init; }
}

/// <summary>It gave up and goes to the dead set.</summary>
/// <param name="Message">The message; empty: as the broker holds it.</param>
/// <param name="Reason">Reason and error as JSON, as the dead set keeps them.</param>
internal sealed record Bury(string Id, string Queue, byte[] Message, byte[] Reason, byte[] Result) : Settlement(Id, Queue);

/// <summary>It was interrupted: back to the head of its list, no attempt used.</summary>
internal sealed record Release(string Id, string Queue) : Settlement(Id, Queue);

/// <summary>Its worker does not know how to run it: it waits until one comes that does.</summary>
/// <param name="Kind">What a worker must know: see <see cref="TaskKind"/>.</param>
internal sealed record Park(string Id, string Queue, byte[] Message, string Kind) : Settlement(Id, Queue);
