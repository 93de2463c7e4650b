using TaskRunner.Broker;
using TaskRunner.Redis;

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
            var read = await Task.WhenAll(queues().Select(queue => ReadAsync(queue, either.Token)));
            Volatile.Write(ref unwritten, read.Sum(queue => queue?.Unwritten ?? 0));
            Volatile.Write(ref ages, read.OfType<Reading>().ToDictionary(queue => queue.Status.Name, queue => queue.Age, StringComparer.Ordinal));
            Volatile.Write(ref statuses, [.. read.OfType<Reading>().Select(queue => queue.Status)]);
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

    /// <summary>One queue; null when a key of it is not what it must be: the others are shown.</summary>
    private async Task<Reading?> ReadAsync(string queue, CancellationToken cancellationToken)
    {
        try
        {
            var status = await broker.StatusAsync(queue, cancellationToken);
            var oldest = await broker.OldestReadyAsync([queue], cancellationToken);
            return new Reading(status, oldest[queue], worker is null ? 0 : await broker.CountUnwrittenResultsAsync(worker(), [queue], cancellationToken));
        }
        catch (BrokerUnavailableException e) when (e.InnerException is RedisServerException)
        {
            return null;
        }
    }

    private static IEnumerable<QueueTaskCount> ByState(QueueStatus status) =>
    [
        new(status.Name, "waiting", status.Waiting),
        new(status.Name, "delayed", status.Delayed),
        new(status.Name, "running", status.Running),
        new(status.Name, "dead", status.Dead),
    ];

    private sealed record Reading(QueueStatus Status, TimeSpan Age, long Unwritten);
}
