namespace TaskRunner.Observability;

/// <summary>How one attempt at a task ended.</summary>
internal enum TaskOutcome
{
    Succeeded,

    /// <summary>Failed and runs again after its backoff.</summary>
    Retried,

    /// <summary>Failed for the last time.</summary>
    Dead,

    /// <summary>Given back to its queue by a worker that drains.</summary>
    Released,

    /// <summary>Its time to live was over before it started.</summary>
    Expired,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled,

    /// <summary>Waits in the broker for a worker that knows how to run it.</summary>
    Parked,
}
