using TaskRunner.Broker;
using TaskRunner.Observability;

namespace TaskRunner.Worker;

/// <summary>Hears what the worker does: for metrics, health and the writer of results.</summary>
internal interface IWorkerObserver
{
    /// <summary>The loop came round.</summary>
    void LoopTurned();

    /// <summary>Tasks came from a queue.</summary>
    void TasksFetched(string queue, int count);

    /// <summary>An attempt begins. Called on any thread.</summary>
    /// <param name="queue">The queue that it came from.</param>
    /// <param name="wait">Time since the task was enqueued, delays included.</param>
    void TaskStarted(string queue, TimeSpan wait);

    /// <summary>An attempt is over; its settlement is not yet with the broker.</summary>
    void TaskFinished(ProcessedTask task);

    /// <summary>An attempt ended whose worker had lost its lease before: the broker does not hear of it.</summary>
    void TaskSuperseded(Settlement late)
    {
    }

    /// <summary>Tasks of a queue ended in the broker instead of starting.</summary>
    void TasksEnded(string queue, TaskOutcome outcome, int count);

    /// <summary>Tasks of a dead worker were taken back from it.</summary>
    void TasksRecovered(string queue, int count);

    /// <summary>The broker took settlements: there may be results to write.</summary>
    void TasksSettled(IReadOnlyCollection<string> queues);
}
