using TaskRunner.Observability;

namespace TaskRunner.Worker;

/// <summary>Turns what the worker does into metrics and a sign of life.</summary>
internal sealed class WorkerMetricsObserver(TaskRunnerMetrics metrics, LoopProgress loop, TaskRegistry registry) : IWorkerObserver
{
    public void LoopTurned() => loop.Turned();

    public void TasksFetched(string queue, int count)
    {
        if (count > 0)
        {
            metrics.Fetched(queue, count);
        }
    }

    public void TaskStarted(string queue, TimeSpan wait) => metrics.Started(queue, wait);

    public void TaskFinished(ProcessedTask task)
    {
        if (task.Message is { } message)
        {
            // Names come from producers: only those that are mapped become labels.
            metrics.Finished(message.Queue, registry.Find(message.Task) is null ? "unknown" : message.Task, task.Outcome, task.Duration);
        }
        else
        {
            metrics.NotStarted(task.Settlement.Queue, "unreadable", task.Outcome);
        }
    }

    public void TasksEnded(string queue, TaskOutcome outcome, int count) => metrics.NotStarted(queue, "unknown", outcome, count);

    public void TasksRecovered(string queue, int count) => metrics.Redelivered(queue, count);

    public void TasksSettled(IReadOnlyCollection<string> queues)
    {
        // Outcomes were counted when the attempts ended.
    }
}
