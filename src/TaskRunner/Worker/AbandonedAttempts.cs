namespace TaskRunner.Worker;

/// <summary>
/// Counts attempts that went over their hard time limit and still run. Nothing can end them but themselves, so a process that
/// collects them is one that must be restarted.
/// </summary>
/// <param name="concurrency">How many tasks the worker runs at a time.</param>
internal sealed class AbandonedAttempts(int concurrency)
{
    private long now;
    private long total;

    /// <summary>With this many the worker is held to be sick: as many as it runs at a time, and four at least.</summary>
    public int Most { get; } = Math.Max(4, concurrency);

    /// <summary>How many run now.</summary>
    public long Now => Volatile.Read(ref now);

    /// <summary>How many there were since the start.</summary>
    public long Total => Volatile.Read(ref total);

    /// <summary>Why the process should be restarted; null when it need not.</summary>
    public string? Trouble => Now >= Most ? $"{Now} attempts run on after their hard time limit" : null;

    /// <summary>Counts an attempt until it ends by itself.</summary>
    public void Add(Task attempt)
    {
        Interlocked.Increment(ref now);
        Interlocked.Increment(ref total);
        _ = attempt.ContinueWith(
            static (ended, state) =>
            {
                // Reading the exception marks it as seen; nobody waits for it any more.
                _ = ended.Exception;
                Interlocked.Decrement(ref ((AbandonedAttempts)state!).now);
            },
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
