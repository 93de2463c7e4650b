namespace TaskRunner.Broker;

/// <summary>What one step of a worker on one queue brought.</summary>
/// <param name="LeaseLost">The broker no longer knows the worker: it must stop what it runs and start anew under another name.</param>
/// <param name="NextDue">Time until something of the queue may start that may not now: a delayed task, or one that its rate limit holds back; null when there is none.</param>
/// <param name="Acknowledged">How many acknowledgements were accepted.</param>
/// <param name="MayHaveMore">Whether there may be more, although fewer tasks came than were asked for: the script looked at enough that could not start.</param>
/// <param name="Expired">How many tasks ended because they had expired.</param>
/// <param name="Cancelled">How many tasks ended because they had been cancelled.</param>
/// <param name="Messages">The tasks that the worker now holds.</param>
internal sealed record StepReply(bool LeaseLost, TimeSpan? NextDue, int Acknowledged, bool MayHaveMore, int Expired, int Cancelled, IReadOnlyList<Held> Messages)
{
    public static StepReply Lost { get; } = new(true, null, 0, false, 0, 0, []);
}

/// <summary>What became of tasks whose time had come.</summary>
/// <param name="Moved">How many are ready now.</param>
/// <param name="NextDue">Time until the next one is due; null when there is none.</param>
/// <param name="Expired">How many had expired.</param>
/// <param name="QueueOpened">Whether the queue's rate limit lets something start that is ready.</param>
internal sealed record PromoteReply(int Moved, TimeSpan? NextDue, int Expired, bool QueueOpened);
