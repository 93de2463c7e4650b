using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>
/// Carries results from the broker to the database, in batches. They entered the broker with their task's settlement and
/// leave it when the database has them, so an outage of the database costs none. What results ask of the broker itself is done first, and
/// goes on while the database is away or where there is none. A result that cannot be dealt with costs itself only.
/// </summary>
internal sealed class ResultRelay(
    RedisBroker broker, IResultStore? store, ResultEffects effects, AsideResults aside, SupervisedLoop loop, Func<string> worker, Func<IReadOnlyList<string>> queues, TimeProvider time, ILogger logger)
    : IDisposable
{
    private const int MostSuperseded = 1000;
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);

    private readonly OutageLog outage = new("Results cannot be written and wait in the broker", time, logger);
    private readonly HashSet<string> dirty = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private readonly ConcurrentQueue<TaskResult> superseded = new();
    private readonly ResultPortion portion = new();
    private readonly Signal work = new();
    private long failedAt;
    private bool again;

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

        try
        {
            superseded.Enqueue(ResultRecord.Read(record, late.Queue));
            Wake([]);
        }
        catch (EnvelopeException e)
        {
            aside.Note(late.Queue, null, $"It came too late and is not readable: {AsideResults.Start(record)}", e);
        }
    }

    /// <summary>Works until it is told to stop.</summary>
    public Task RunAsync(CancellationToken stopping)
    {
        effects.Turned = () => loop.Step("effects");
        return loop.RunAsync(WorkAsync, stopping);
    }

    /// <summary>Does what results ask of the broker.</summary>
    internal async Task ApplyEffectsAsync(CancellationToken cancellationToken)
    {
        foreach (var queue in queues())
        {
            try
            {
                await TryAsync("effects", queue, token => effects.ApplyAsync(worker(), queue, token), cancellationToken);
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
            if (await TryAsync("superseded", late.Queue, token => store.NoteSupersededAsync([late], token), cancellationToken) is { } e)
            {
                aside.Note(late.Queue, late.Id, "It came too late, and the database does not take the note", e);
            }

            superseded.TryDequeue(out _);
        }

        var writer = new ResultWriter(store, broker, aside);
        var left = TakeDirty();
        try
        {
            foreach (var queue in left.ToList())
            {
                try
                {
                    if (await TryAsync("write", queue, token => WriteQueueAsync(writer, queue, token), cancellationToken) is null)
                    {
                        left.Remove(queue);
                    }
                }
                catch (QueueFaultException)
                {
                    // As above.
                }
            }
        }
        finally
        {
            Mark(left);
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

    private HashSet<string> TakeDirty()
    {
        lock (gate)
        {
            HashSet<string> taken = [.. dirty];
            dirty.Clear();
            return taken;
        }
    }

    private async Task WorkAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            if (!again)
            {
                await work.WaitAsync(outage.Reason is null ? Timeout.InfiniteTimeSpan : OutagePause, stopping);
            }

            again = false;
            try
            {
                loop.Step("begin");
                await ApplyEffectsAsync(CancellationToken.None);
                if (outage.Reason is null || time.GetElapsedTime(failedAt) >= OutagePause)
                {
                    await WriteAllAsync(CancellationToken.None);
                    outage.Succeeded();
                }

                if (!again)
                {
                    loop.Turned();
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
            catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
            {
                // Nobody may come to wake it again.
                again = true;
                Mark(queues());
                loop.Failed(e);
            }

            if (again)
            {
                await loop.PauseAsync(stopping);
            }
        }
    }

    /// <summary>One step for one queue: what is no outage costs this queue its turn, and it is tried again after a pause.</summary>
    /// <returns>What failed; null when nothing did.</returns>
    private async Task<Exception?> TryAsync(string step, string queue, Func<CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        try
        {
            loop.Step(step);
            await action(cancellationToken);
            return null;
        }
        catch (Exception e) when (e is not (DatabaseUnavailableException or BrokerUnavailableException) && !(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            again = true;
            effects.LookAgain(queue);
            loop.Failed(e);
            return e;
        }
    }

    private async Task WriteQueueAsync(ResultWriter results, string queue, CancellationToken cancellationToken)
    {
        var name = worker();
        try
        {
            while (await WriteBatchAsync(results, name, queue, cancellationToken))
            {
                // There may be more, for as long as a database that is behind needs.
                loop.Step("write");
            }
        }
        catch
        {
            portion.Failed();
            throw;
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> WriteBatchAsync(ResultWriter results, string name, string queue, CancellationToken cancellationToken)
    {
        var asked = portion.Next;
        var records = await broker.UnwrittenResultsAsync(name, queue, 0, asked, cancellationToken);
        portion.Read(records);
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
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                aside.Note(queue, null, $"It is not readable and is dropped: {AsideResults.Start(record)}", e);
            }
        }

        if (count > 0)
        {
            await results.WriteAsync(batch, cancellationToken);
            await ForgetAsync(name, queue, count, cancellationToken);
            effects.Forgotten(queue, count);
        }

        if (marked)
        {
            effects.LookFromStart(queue);
            await effects.ApplyAsync(name, queue, cancellationToken);
        }

        return marked || records.Count == asked;
    }

    private async Task ForgetAsync(string name, string queue, int count, CancellationToken cancellationToken)
    {
        try
        {
            await broker.ForgetResultsAsync(name, queue, count, cancellationToken);
        }
        catch
        {
            // They may have left the list all the same.
            effects.LookFromStart(queue);
            throw;
        }
    }
}
