namespace TaskRunner.Beat;

/// <summary>The queues whose state beat shows, so that it is seen while no worker runs.</summary>
/// <param name="Names">Their names.</param>
/// <param name="Counts">Whether it also keeps a list as long as each one's ready and running tasks.</param>
internal sealed record BeatQueues(IReadOnlyList<string> Names, bool Counts);
