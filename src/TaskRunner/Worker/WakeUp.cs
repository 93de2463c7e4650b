namespace TaskRunner.Worker;

/// <summary>Why a sleep in the broker ended.</summary>
/// <param name="Queues">Queues that have something; none when the longest sleep was over and nothing is there.</param>
/// <param name="TookToken">Whether it took the wake-up token of the queue, which another worker then did not get.</param>
internal readonly record struct WakeUp(IReadOnlyList<string> Queues, bool TookToken);
