using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>
/// Carries results from the broker to the database, in batches. They entered the broker with their task's settlement and
/// leave it when the database has them, so an outage of the database costs none.
/// </summary>
internal sealed partial class ResultRelay(RedisBroker broker, IResultStore store, Func<string> worker, Func<IReadOnlyList<string>> queues, TimeProvider time, ILogger logger) : IDisposable
{
    private const int BatchSize = 500;
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);

    private readonly OutageLog outage = new("Results cannot be written and wait in the broker", time, logger);
    private readonly HashSet<string> dirty = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private readonly Signal work = new();

    /// <summary>Why results are not written now; null when they are.</summary>
    public string? Trouble => outage.Reason;

    /// <summary>There may be something to write in these queues; in all of them when none is named.</summary>
    public void Wake(IReadOnlyCollection<string>? settled = null)
    {
        Mark(settled ?? queues());
        work.Set();
    }

    /// <summary>Writes until it is told to stop, then once more, as far as the stores allow.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await work.WaitAsync(stopping);
            try
            {
                await WriteAllAsync(CancellationToken.None);
                outage.Succeeded();
            }
            catch (Exception e) when (e is DatabaseUnavailableException or BrokerUnavailableException)
            {
                outage.Failed(e);
                work.Set();
                await Task.Delay(OutagePause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Writes everything that this worker has settled so far.</summary>
    internal async Task WriteAllAsync(CancellationToken cancellationToken)
    {
        while (TakeDirty() is { } queue)
        {
            try
            {
                var name = worker();
                while (await WriteBatchAsync(name, queue, cancellationToken) == BatchSize)
                {
                    // A full batch: there may be more.
                }
            }
            catch
            {
                Mark([queue]);
                throw;
            }
        }
    }

    public void Dispose() => work.Dispose();

    private void Mark(IReadOnlyCollection<string> settled)
    {
        lock (gate)
        {
            dirty.UnionWith(settled);
        }
    }

    private string? TakeDirty()
    {
        lock (gate)
        {
            var queue = dirty.FirstOrDefault();
            if (queue is not null)
            {
                dirty.Remove(queue);
            }

            return queue;
        }
    }

    private async Task<int> WriteBatchAsync(string name, string queue, CancellationToken cancellationToken)
    {
        var records = await broker.UnwrittenResultsAsync(name, queue, BatchSize, cancellationToken);
        if (records.Count == 0)
        {
            return 0;
        }

        var results = new List<TaskResult>(records.Count);
        foreach (var record in records)
        {
            try
            {
                results.Add(ResultRecord.Read(record, queue));
            }
            catch (EnvelopeException e)
            {
                LogUnreadable(logger, queue, e.Message);
            }
        }

        await store.WriteAsync(results, cancellationToken);
        await broker.ForgetResultsAsync(name, queue, records.Count, cancellationToken);
        return records.Count;
    }

    [LoggerMessage(LogLevel.Error, "A result of queue {Queue} is not readable and is dropped: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string queue, string reason);
}
