namespace TaskRunner;

/// <summary>Thrown when a key that a task type's tasks are enqueued with cannot be made: its function, which is the program's own, failed. Nothing was enqueued.</summary>
/// <param name="task">Name of the task type.</param>
/// <param name="innerException">What the function threw.</param>
public sealed class TaskRulesException(string task, Exception innerException) : Exception($"The rules of task type '{task}' failed: {innerException.Message}", innerException);
