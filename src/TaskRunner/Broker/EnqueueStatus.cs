namespace TaskRunner.Broker;

/// <summary>The broker's answer to one enqueue request.</summary>
public enum EnqueueStatus
{
    /// <summary>The task is in its queue.</summary>
    Accepted,

    /// <summary>A task with this id was enqueued before; nothing was added.</summary>
    Duplicate,

    /// <summary>Another task holds its unique key; nothing was added.</summary>
    UniqueKeyHeld,
}
