using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>Why a sleep in the broker ended.</summary>
/// <param name="Queues">Queues that may have something; none when the longest sleep was over and nothing is there.</param>
/// <param name="TookToken">Whether it took the wake-up token of the queue, which another worker then did not get.</param>
/// <param name="Fetched">What the fetch brought that stood in the broker meanwhile; null when there was none, or it may take nothing any more.</param>
internal readonly record struct WakeUp(IReadOnlyList<string> Queues, bool TookToken, StepReply? Fetched = null);
