using TaskRunner.Resp;

namespace TaskRunner.Broker;

/// <summary>What one step of a worker on one queue brought.</summary>
/// <param name="LeaseLost">The broker no longer knows the worker: it must stop what it runs and start anew under another name.</param>
/// <param name="NextDue">Time until something of the queue may start that may not now: a delayed task, or one that its rate limit holds back; null when there is none.</param>
/// <param name="Acknowledged">How many acknowledgements were accepted.</param>
/// <param name="MayHaveMore">
/// Whether there may be more, although fewer tasks came than were asked for: the script looked at enough that could not start, or took
/// enough bytes.
/// </param>
/// <param name="Expired">How many tasks ended because they had expired.</param>
/// <param name="Cancelled">How many tasks ended because they had been cancelled.</param>
/// <param name="Messages">The tasks that the worker now holds.</param>
internal sealed record StepReply(bool LeaseLost, TimeSpan? NextDue, int Acknowledged, bool MayHaveMore, int Expired, int Cancelled, IReadOnlyList<Held> Messages)
{
    /// <summary>Why not all was settled and fetched: one sentence that names the queue and its key. Null when all is well.</summary>
    public string? Failure { get; init; }

    public static StepReply Nothing { get; } = new(false, null, 0, false, 0, 0, []);

    public static StepReply Lost { get; } = new(true, null, 0, false, 0, 0, []);

    /// <summary>Reads what step.lua returned.</summary>
    public static StepReply Read(string queue, IReadOnlyList<RespValue> items)
    {
        if (items[0].AsInteger() == 0)
        {
            return Lost;
        }

        var messages = new Held[items.Count - 6];
        for (var i = 0; i < messages.Length; i++)
        {
            messages[i] = new Held(queue, items[i + 6].AsBytes());
        }

        return new StepReply(false, ReadTime(items[1]), (int)items[2].AsInteger(), items[3].AsInteger() == 1, (int)items[4].AsInteger(), (int)items[5].AsInteger(), messages);
    }

    /// <summary>A script's time until something is due, in ms; negative for nothing.</summary>
    public static TimeSpan? ReadTime(RespValue value) => value.AsInteger() is >= 0 and var ms ? TimeSpan.FromMilliseconds(ms) : null;
}

/// <summary>What became of tasks whose time had come.</summary>
/// <param name="Moved">How many are ready now.</param>
/// <param name="NextDue">Time until the next one is due; null when there is none.</param>
/// <param name="Expired">How many had expired.</param>
/// <param name="QueueOpened">Whether the queue's rate limit lets something start that is ready.</param>
internal sealed record PromoteReply(int Moved, TimeSpan? NextDue, int Expired, bool QueueOpened);
