namespace TaskRunner.Broker;

/// <summary>What one step of a worker on one queue brought.</summary>
/// <param name="LeaseLost">The broker no longer knows the worker: it must stop what it runs and start anew under another name.</param>
/// <param name="NextDelayed">Time until the next delayed task of the queue is due; null when there is none.</param>
/// <param name="Acknowledged">How many acknowledgements were accepted.</param>
/// <param name="Messages">The tasks that the worker now holds.</param>
internal sealed record StepReply(bool LeaseLost, TimeSpan? NextDelayed, int Acknowledged, IReadOnlyList<Held> Messages)
{
    public static StepReply Lost { get; } = new(true, null, 0, []);
}
