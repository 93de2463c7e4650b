using TaskRunner.Broker;
using TaskRunner.Observability;

namespace TaskRunner.Worker;

/// <summary>How full the worker's queues are, asked of the broker when somebody scrapes and at no other time.</summary>
internal sealed class QueueGauge(RedisBroker broker, Func<string> worker, Func<IReadOnlyList<string>> queues, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private IReadOnlyList<QueueTaskCount> counts = [];
    private long unwritten;

    /// <summary>What the last reading brought; nothing when the broker did not answer.</summary>
    public IReadOnlyCollection<QueueTaskCount> Counts => Volatile.Read(ref counts);

    /// <summary>Results of this worker that wait for the database, at the last reading.</summary>
    public long UnwrittenResults => Volatile.Read(ref unwritten);

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var names = queues();
            var statuses = await Task.WhenAll(names.Select(queue => broker.StatusAsync(queue, either.Token)));
            Volatile.Write(ref unwritten, await broker.CountUnwrittenResultsAsync(worker(), names, either.Token));
            Volatile.Write(ref counts, [.. statuses.SelectMany(ByState)]);
        }
        catch (Exception e) when (e is BrokerUnavailableException or OperationCanceledException)
        {
            // An old number would pass for a new one: the series has a gap, and taskrunner_broker_connected says why.
            Volatile.Write(ref counts, []);
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
