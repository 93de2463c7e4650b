namespace TaskRunner.Worker;

/// <summary>
/// The token of a handler with a time limit: cancelled when the limit is over, or with the attempt's own token. A token source's own timer would run callbacks of the handler
/// on its thread, where one that throws ends the process.
/// </summary>
internal sealed class AttemptLimit : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly ITimer timer;
    private readonly CancellationTokenRegistration registration;
    private volatile bool isOver;

    public AttemptLimit(TimeSpan longest, TimeProvider time, CancellationToken ended)
    {
        registration = ended.UnsafeRegister(static self => ((AttemptLimit)self!).Cancel(), this);
        timer = time.CreateTimer(static self => ((AttemptLimit)self!).End(), this, longest, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => source.Token;

    /// <summary>Whether the time is over.</summary>
    public bool IsOver => isOver;

    public void Dispose()
    {
        timer.Dispose();
        registration.Dispose();
        source.Dispose();
    }

    private void End()
    {
        isOver = true;
        Cancel();
    }

    private void Cancel()
    {
        try
        {
            _ = SafeCancel.Start(source);
        }
        catch (ObjectDisposedException)
        {
            // The handler ended in this moment.
        }
    }
}
