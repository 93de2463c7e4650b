namespace TaskRunner.Worker;

/// <summary>Cancels tokens that code of the application listens to.</summary>
internal static class SafeCancel
{
    /// <summary>Cancels on the thread pool. Callbacks may block, or throw: nobody waits, and what they throw is theirs.</summary>
    /// <returns>Ends when all callbacks have; never fails.</returns>
    /// <exception cref="ObjectDisposedException">The source is disposed.</exception>
    public static Task Start(CancellationTokenSource source) => source.CancelAsync().ContinueWith(
        static cancelling => _ = cancelling.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
