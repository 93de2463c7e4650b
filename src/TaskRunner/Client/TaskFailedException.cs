using TaskRunner.Results;

namespace TaskRunner;

/// <summary>A task that was waited for is over without success.</summary>
/// <param name="result">How it ended.</param>
public sealed class TaskFailedException(TaskResult result)
    : Exception($"The task {result.Task} {result.Id} ended as {TaskStateName.Of(result.State)}{(result.Error is null ? "" : $": {result.Error}")}")
{
    /// <summary>State, error, attempts and times.</summary>
    public TaskResult Result { get; } = result;
}
