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
}
