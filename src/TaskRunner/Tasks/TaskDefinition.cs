namespace TaskRunner;

/// <summary>One type of task: its name, what it does, and how it is treated.</summary>
internal sealed class TaskDefinition(string name, Func<TaskContext, CancellationToken, Task<string?>> run)
{
    public string Name => name;

    /// <summary>Runs one attempt and returns its output as JSON text, null for none.</summary>
    public Func<TaskContext, CancellationToken, Task<string?>> Run => run;

    public string Queue { get; set; } = "default";

    public int Priority { get; set; } = 5;

    /// <summary>Attempts after the first one.</summary>
    public int Retries { get; set; } = 3;

    public Backoff Backoff { get; set; } = Backoff.Exponential();

    public TimeSpan? TimeLimit { get; set; }
}
