namespace ClusterTests.Installation;

/// <summary>A task that a worker holds, as <c>inspect active</c> shows it.</summary>
internal sealed record ActiveTask(Guid Id, string Task, string Queue, string Worker, int Attempt, int Redeliveries)
{
    /// <summary>Whether the worker is in this pod: its name starts with the pod's.</summary>
    public bool IsIn(Pod pod) => Worker.StartsWith($"{pod.Name}:", StringComparison.Ordinal);
}
