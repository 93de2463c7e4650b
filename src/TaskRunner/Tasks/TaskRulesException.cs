namespace TaskRunner;

/// <summary>Thrown when a key that a task type's tasks are enqueued with cannot be made: its function, which is the program's own, failed. Nothing was enqueued.</summary>
/// <param name="task">Name of the task type.</param>
/// <param name="innerException">What the function threw; it may throw again when it is asked what it is.</param>
public sealed class TaskRulesException(string task, Exception innerException)
    : Exception($"The rules of task type '{task}' failed: {FailureText.Of(innerException).Error}", innerException);
