using TaskRunner.Broker;

namespace TaskRunner.Observability;

/// <summary>How full queues are and how long their tasks wait, asked of the broker when somebody scrapes and at no other time.</summary>
/// <param name="broker">The broker.</param>
/// <param name="worker">Name of the worker whose unwritten results count; null when this process is none.</param>
/// <param name="queues">Names of the queues.</param>
/// <param name="time">Clock of the patience.</param>
internal sealed class QueueGauge(RedisBroker broker, Func<string>? worker, Func<IReadOnlyList<string>> queues, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private IReadOnlyList<QueueStatus> statuses = [];
    private IReadOnlyDictionary<string, TimeSpan> ages = new Dictionary<string, TimeSpan>();
    private long unwritten;

    /// <summary>What the last reading brought; nothing when the broker did not answer.</summary>
    public IReadOnlyCollection<QueueTaskCount> Counts => [.. Volatile.Read(ref statuses).SelectMany(ByState)];

    /// <summary>Workers with a live lease, by queue.</summary>
    public IReadOnlyDictionary<string, long> Workers => Volatile.Read(ref statuses).ToDictionary(status => status.Name, status => (long)status.Workers, StringComparer.Ordinal);

    /// <summary>Age of the oldest task that is ready, by queue; zero for a queue without one.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Ages => Volatile.Read(ref ages);

    /// <summary>Results of this worker that wait for the database, at the last reading.</summary>
    public long UnwrittenResults => Volatile.Read(ref unwritten);

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var names = queues();
            var read = await Task.WhenAll(names.Select(queue => broker.StatusAsync(queue, either.Token)));
            var oldest = await broker.OldestReadyAsync(names, either.Token);
            if (worker is not null)
            {
                Volatile.Write(ref unwritten, await broker.CountUnwrittenResultsAsync(worker(), names, either.Token));
            }

            Volatile.Write(ref ages, oldest);
            Volatile.Write(ref statuses, read);
        }
        catch (Exception e)
        {
            // An old number would pass for a new one: the series has a gap, and taskrunner_broker_connected says why.
            Volatile.Write(ref ages, new Dictionary<string, TimeSpan>());
            Volatile.Write(ref statuses, []);
            if (e is not (BrokerUnavailableException or OperationCanceledException))
            {
                throw;
            }
        }
    }

    private static IEnumerable<QueueTaskCount> ByState(QueueStatus status) =>
    [
        new(status.Name, "waiting", status.Waiting),
        new(status.Name, "delayed", status.Delayed),
        new(status.Name, "running", status.Running),
        new(status.Name, "dead", status.Dead),
    ];
}
