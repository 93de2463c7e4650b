namespace TaskRunner.Worker;

/// <summary>Tells where the end of a worker's life stands: running, draining, over time.</summary>
internal sealed class DrainClock
{
    /// <summary>What cancelled tasks get to notice it and be put back by name.</summary>
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(3);

    private readonly TimeSpan limit;
    private readonly TimeProvider time;
    private readonly CancellationToken stopping;
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long startedAt;
    private Task? over;

    public DrainClock(TimeSpan limit, TimeProvider time, CancellationToken stopping)
    {
        this.limit = limit;
        this.time = time;
        this.stopping = stopping;
        stopping.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), begun);
    }

    /// <summary>Nothing new may be fetched.</summary>
    public bool Started
    {
        get
        {
            if (startedAt == 0 && stopping.IsCancellationRequested)
            {
                startedAt = time.GetTimestamp();
                over = Task.Delay(limit, time, CancellationToken.None);
            }

            return startedAt != 0;
        }
    }

    /// <summary>What still runs must be cancelled.</summary>
    public bool IsOver => Started && time.GetElapsedTime(startedAt) >= limit;

    /// <summary>What still runs ignores its cancellation.</summary>
    public bool IsOverdue => Started && time.GetElapsedTime(startedAt) >= limit + Courtesy;

    /// <summary>Complete when the next of these begins; nothing once all have.</summary>
    public IEnumerable<Task> Events
    {
        get
        {
            if (!Started)
            {
                return [begun.Task];
            }

            return over is { IsCompleted: false } pending ? [pending] : [];
        }
    }
}
