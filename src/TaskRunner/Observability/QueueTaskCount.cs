namespace TaskRunner.Observability;

/// <summary>How many tasks of a queue are in one state.</summary>
/// <param name="Queue">Name of the queue.</param>
/// <param name="State">waiting, delayed, running or dead.</param>
/// <param name="Count">Number of tasks.</param>
internal readonly record struct QueueTaskCount(string Queue, string State, long Count);
