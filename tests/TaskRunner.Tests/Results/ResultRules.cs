using TaskRunner.Results;
using Xunit;

namespace TaskRunner.Tests.Results;

/// <summary>Which of two results of one task stays: the cases that the rule and the statement must both follow.</summary>
internal static class ResultRules
{
    public static readonly DateTimeOffset Noon = new(2030, 1, 2, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The state that is there, the state that comes, its time in seconds after the first, and whether it replaces it.</summary>
    public static TheoryData<TaskState, TaskState, int, bool> Cases => new()
    {
        { TaskState.Retrying, TaskState.Succeeded, 1, true },
        { TaskState.Retrying, TaskState.Succeeded, -1, true },
        { TaskState.Retrying, TaskState.Dead, -1, true },
        { TaskState.Retrying, TaskState.Retrying, 1, true },
        { TaskState.Retrying, TaskState.Retrying, 0, true },
        { TaskState.Retrying, TaskState.Retrying, -1, false },
        { TaskState.Succeeded, TaskState.Retrying, -1, false },
        { TaskState.Succeeded, TaskState.Retrying, 1, false },
        { TaskState.Succeeded, TaskState.Running, 1, false },
        { TaskState.Succeeded, TaskState.Succeeded, 1, true },
        { TaskState.Succeeded, TaskState.Succeeded, 0, false },
        { TaskState.Succeeded, TaskState.Succeeded, -1, false },
        { TaskState.Succeeded, TaskState.Dead, -1, false },
        { TaskState.Succeeded, TaskState.Dead, 1, true },
        { TaskState.Dead, TaskState.Succeeded, 1, true },
        { TaskState.Dead, TaskState.Succeeded, -1, false },
        { TaskState.Dead, TaskState.Retrying, 1, true },
        { TaskState.Dead, TaskState.Retrying, 0, false },
        { TaskState.Dead, TaskState.Retrying, -1, false },
    };

    public static TaskResult Make(Guid id, TaskState state, int second, string? error = null) => new()
    {
        Id = id,
        Task = "debug.echo",
        Queue = "default",
        State = state,
        Output = state == TaskState.Succeeded ? $$"""{"n": {{second}}}""" : null,
        Error = error,
        Attempts = 1,
        Worker = "worker-1",
        EnqueuedAt = Noon.AddSeconds(-2),
        StartedAt = Noon.AddSeconds(second).AddMilliseconds(-1),
        FinishedAt = Noon.AddSeconds(second),
    };
}
