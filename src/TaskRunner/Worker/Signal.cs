namespace TaskRunner.Worker;

/// <summary>Wakes one waiting loop; signals that come while it is busy are kept as one.</summary>
internal sealed class Signal : IDisposable
{
    private readonly SemaphoreSlim semaphore = new(0, 1);

    public void Set()
    {
        try
        {
            semaphore.Release();
        }
        catch (SemaphoreFullException)
        {
            // Set already, and not yet seen.
        }
    }

    /// <summary>Waits for a signal or for the end; never throws.</summary>
    public Task WaitAsync(CancellationToken stopping) => WaitAsync(Timeout.InfiniteTimeSpan, stopping);

    /// <summary>Waits for a signal, the time or the end; never throws.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken stopping)
    {
        try
        {
            await semaphore.WaitAsync(longest, stopping);
        }
        catch (OperationCanceledException)
        {
            // The caller looks at its token.
        }
    }

    public void Dispose() => semaphore.Dispose();
}
