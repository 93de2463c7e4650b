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
}
