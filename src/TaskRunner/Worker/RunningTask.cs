using TaskRunner.Broker;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>One task that this worker runs, and the token by which it is told to stop.</summary>
/// <param name="held">What the broker booked on this worker.</param>
/// <param name="keepResult">Whether results are kept.</param>
/// <param name="time">The clock of results.</param>
/// <param name="ended">Cancelled when all tasks of this incarnation must stop.</param>
internal sealed class RunningTask(Held held, bool keepResult, TimeProvider time, CancellationToken ended) : IDisposable
{
    private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(ended);
    private volatile bool cancelled;

    /// <summary>What the broker booked on this worker.</summary>
    public Held Held => held;

    /// <summary>Cancelled when this task must stop.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>Somebody cancelled the task: its token is cancelled, on the thread pool. Asking again changes nothing.</summary>
    /// <returns>Whether this was the first time.</returns>
    public bool Cancel()
    {
        if (cancelled)
        {
            return false;
        }

        cancelled = true;
        _ = stop.CancelAsync();
        return true;
    }

    public void Dispose() => stop.Dispose();

    /// <summary>What is to become of the task: a cancelled one ends as cancelled, whatever its attempt came to.</summary>
    public ProcessedTask Settle(ProcessedTask processed, string worker) =>
        !cancelled || processed.Message is not { } message
            ? processed
            : processed with { Settlement = new Acknowledge(held, Record(message, processed.Duration, worker)), Outcome = TaskOutcome.Cancelled };

    private byte[] Record(TaskMessage message, TimeSpan duration, string worker)
    {
        if (!keepResult && message.Flow is null && message.KeepResult <= TimeSpan.Zero)
        {
            return [];
        }

        var now = time.GetUtcNow();
        var result = new TaskResult
        {
            Id = message.Id,
            Task = message.Task,
            Queue = message.Queue,
            State = TaskState.Cancelled,
            Error = "It was cancelled while it ran.",
            Attempts = message.Attempt + 1,
            Redeliveries = message.Redeliveries,
            Worker = worker,
            EnqueuedAt = message.EnqueuedAt,
            StartedAt = now - duration,
            FinishedAt = now,
        };
        return ResultRecord.Write(result, message.Flow, message.KeepResult);
    }
}
