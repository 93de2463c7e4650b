namespace TaskRunner.Worker;

/// <summary>
/// One life of a worker in the eyes of the broker. A worker that loses its lease goes on under a new name, so that nothing
/// it did under the old one can be mistaken for its present work.
/// </summary>
internal sealed class Incarnation : IDisposable
{
    private readonly CancellationTokenSource ended = new();

    public Incarnation(string name) => Name = $"{name}:{Guid.NewGuid().ToString("N")[..8]}";

    public string Name { get; }

    /// <summary>Cancelled when tasks of this incarnation must stop: at the end of the drain, or when the lease is lost or can no longer be trusted.</summary>
    public CancellationToken Ended => ended.Token;

    /// <summary>Whether this life is over.</summary>
    public bool IsOver => ended.IsCancellationRequested;

    /// <summary>Cancels all its tasks. The callbacks run on the thread pool: user code must not hold up a heartbeat.</summary>
    public void End() => _ = ended.CancelAsync();

    public void Dispose() => ended.Dispose();
}
