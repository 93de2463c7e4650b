namespace TaskRunner.Results;

/// <summary>Where a task is in its life, as shown to people and programs.</summary>
public enum TaskState
{
    /// <summary>In a queue, ready to run.</summary>
    Waiting,

    /// <summary>In the broker until its time comes.</summary>
    Delayed,

    /// <summary>Held by a live worker.</summary>
    Running,

    /// <summary>Failed; runs again after its backoff.</summary>
    Retrying,

    /// <summary>Finished and returned its output.</summary>
    Succeeded,

    /// <summary>Gave up: see the error.</summary>
    Dead,

    /// <summary>Its time to live was over before it started.</summary>
    Expired,

    /// <summary>Somebody cancelled it, or another task with its unique key replaced it.</summary>
    Cancelled,

    /// <summary>In the broker until a limit lets it start, or until a worker comes that knows how to run it.</summary>
    Parked,
}
