namespace TaskRunner.Broker;

/// <summary>The message of a task is larger than the limit; nothing was enqueued.</summary>
public sealed class PayloadTooLargeException(string task, int size, int limit)
    : Exception($"The message of task '{task}' has {size:N0} bytes, the limit is {limit:N0} (TASKRUNNER_MAX_PAYLOAD_BYTES): store the data elsewhere and pass a reference.")
{
    /// <summary>Size of the refused message in bytes.</summary>
    public int Size { get; } = size;

    /// <summary>The limit in bytes.</summary>
    public int Limit { get; } = limit;
}
