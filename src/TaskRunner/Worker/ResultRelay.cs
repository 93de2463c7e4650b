using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>
/// Carries results from the broker to the database, in batches. They entered the broker with their task's settlement and
/// leave it when the database has them, so an outage of the database costs none. What results ask of the broker itself is done first, and
/// goes on while the database is away or where there is none.
/// </summary>
internal sealed partial class ResultRelay(RedisBroker broker, IResultStore? store, ResultEffects effects, Func<string> worker, Func<IReadOnlyList<string>> queues, TimeProvider time, ILogger logger) : IDisposable
{
    private const int BatchSize = 500;
    private const int MostSuperseded = 1000;
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);

    private readonly OutageLog outage = new("Results cannot be written and wait in the broker", time, logger);
    private readonly HashSet<string> dirty = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private readonly ConcurrentQueue<TaskResult> superseded = new();
    private readonly Signal work = new();
    private long failedAt;

    /// <summary>Why results are not written now; null when they are.</summary>
    public string? Trouble => outage.Reason;

    /// <summary>There may be something to write in these queues; in all of them when none is named.</summary>
    public void Wake(IReadOnlyCollection<string>? settled = null)
    {
        if (store is null && settled is not null && !effects.AreExpected)
        {
            return;
        }

        Mark(settled ?? queues());
        work.Set();
    }

    /// <summary>
    /// Notes what a worker said too late, for people to look at. It is kept in memory until the database has it, up to a bound: it proves what happened, and
    /// decides nothing.
    /// </summary>
    public void NoteSuperseded(Settlement late)
    {
        byte[] record = late switch
        {
            Acknowledge acknowledge => acknowledge.Result,
            Bury bury => bury.Result,
            _ => [],
        };
        if (store is null || record.Length == 0 || superseded.Count >= MostSuperseded)
        {
            return;
        }

        superseded.Enqueue(ResultRecord.Read(record, late.Queue));
        Wake([]);
    }

    /// <summary>Works until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await work.WaitAsync(outage.Reason is null ? Timeout.InfiniteTimeSpan : OutagePause, stopping);
            try
            {
                await ApplyEffectsAsync(CancellationToken.None);
                if (outage.Reason is null || time.GetElapsedTime(failedAt) >= OutagePause)
                {
                    await WriteAllAsync(CancellationToken.None);
                    outage.Succeeded();
                }
            }
            catch (DatabaseUnavailableException e)
            {
                failedAt = time.GetTimestamp();
                outage.Failed(e);
            }
            catch (BrokerUnavailableException e)
            {
                failedAt = time.GetTimestamp();
                outage.Failed(e);
                await Task.Delay(OutagePause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Does what results ask of the broker.</summary>
    internal async Task ApplyEffectsAsync(CancellationToken cancellationToken)
    {
        foreach (var queue in queues())
        {
            try
            {
                await effects.ApplyAsync(worker(), queue, cancellationToken);
            }
            catch (QueueFaultException)
            {
                // Readiness names it; the results of other queues do not wait for it.
            }
        }
    }

    /// <summary>Writes everything that this worker has settled so far.</summary>
    internal async Task WriteAllAsync(CancellationToken cancellationToken)
    {
        if (store is null)
        {
            return;
        }

        while (superseded.TryPeek(out var late))
        {
            await store.NoteSupersededAsync([late], cancellationToken);
            superseded.TryDequeue(out _);
        }

        var faulty = new List<string>();
        while (TakeDirty() is { } queue)
        {
            try
            {
                var name = worker();
                while (await WriteBatchAsync(store, name, queue, cancellationToken) == BatchSize)
                {
                    // A full batch: there may be more.
                }
            }
            catch (QueueFaultException)
            {
                faulty.Add(queue);
            }
            catch
            {
                Mark([queue, .. faulty]);
                throw;
            }
        }

        Mark(faulty);
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

    /// <returns>How many were written; with a full batch there may be more.</returns>
    private async Task<int> WriteBatchAsync(IResultStore results, string name, string queue, CancellationToken cancellationToken)
    {
        var records = await broker.UnwrittenResultsAsync(name, queue, 0, BatchSize, cancellationToken);
        var batch = new List<TaskResult>(records.Count);
        var count = 0;
        var marked = false;
        foreach (var record in records)
        {
            if (ResultRecord.ReadMarks(record).Any)
            {
                // It came after the effects were looked for: it must not be forgotten before they are done.
                marked = true;
                break;
            }

            count++;
            try
            {
                batch.Add(ResultRecord.Read(record, queue));
            }
            catch (EnvelopeException e)
            {
                LogUnreadable(logger, queue, e.Message);
            }
        }

        if (count > 0)
        {
            await results.WriteAsync(batch, cancellationToken);
            await broker.ForgetResultsAsync(name, queue, count, cancellationToken);
            effects.Forgotten(queue, count);
        }

        if (marked)
        {
            effects.LookAgain(queue);
            await effects.ApplyAsync(name, queue, cancellationToken);
            return BatchSize;
        }

        return count;
    }

    [LoggerMessage(LogLevel.Error, "A result of queue {Queue} is not readable and is dropped: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string queue, string reason);
}
