namespace TaskRunner.Results;

/// <summary>Decides which of two results of one task is the one to keep; the statement of the store applies the same rule.</summary>
internal static class ResultOrder
{
    /// <summary>Says whether a result takes the place of the one that is there.</summary>
    /// <remarks>
    /// Workers' clocks differ, so time alone does not decide: a final state follows any other, and a success is never taken back
    /// by a state on the way. A dead task may be on its way again, when somebody retried it later.
    /// </remarks>
    public static bool Replaces(TaskResult kept, TaskResult incoming) => (TaskStateName.IsFinal(kept.State), TaskStateName.IsFinal(incoming.State)) switch
    {
        (false, true) => true,
        (false, false) => Time(incoming) >= Time(kept),
        (true, true) => Time(incoming) > Time(kept),
        (true, false) => kept.State == TaskState.Dead && Time(incoming) > Time(kept),
    };

    private static DateTimeOffset Time(TaskResult result) => result.FinishedAt ?? result.StartedAt ?? result.EnqueuedAt;
}
