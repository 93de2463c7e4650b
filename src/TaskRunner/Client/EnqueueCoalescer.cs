using TaskRunner.Broker;
using TaskRunner.Loops;

namespace TaskRunner.Client;

/// <summary>
/// Gathers what many callers enqueue one by one. While one batch is with the broker the next one gathers, so a lonely caller waits for
/// nobody, and a thousand share a round trip.
/// </summary>
/// <param name="broker">The broker.</param>
/// <param name="loop">Hears of what is nobody's mistake and no outage.</param>
internal sealed class EnqueueCoalescer(RedisBroker broker, SupervisedLoop loop)
{
    private const int MostTasksPerBatch = 1000;

    private readonly Lock gate = new();
    private readonly Queue<Waiting> gathering = new();
    private bool sending;

    // Whether the last batch had one task: then the next caller is taken to be alone, too.
    private bool lonely = true;

    /// <summary>Enqueues one task.</summary>
    /// <exception cref="PayloadTooLargeException">Its message is over the limit.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not take it, or did not say so.</exception>
    public Task<EnqueueStatus> EnqueueAsync(EnqueueRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiting = new Waiting(request);
        bool start, alone;
        lock (gate)
        {
            start = !sending;
            alone = start && lonely;
            sending = true;
            if (!alone)
            {
                gathering.Enqueue(waiting);
            }
        }

        if (alone)
        {
            _ = SendFirstAsync(waiting);
        }
        else if (start)
        {
            // Behind what the pool has to do already: callers that follow closely share the first batch.
            SendAllSoon();
        }

        return cancellationToken.CanBeCanceled ? waiting.Task.WaitAsync(cancellationToken) : waiting.Task;
    }

    /// <summary>Sends for a caller who had no company last time either: a change of threads less.</summary>
    private async Task SendFirstAsync(Waiting first)
    {
        try
        {
            await SendAsync([first], isDirect: true);
            loop.Rests();
            lock (gate)
            {
                sending = gathering.Count > 0;
                if (!sending)
                {
                    return;
                }
            }

            // What has gathered meanwhile does not belong to the context of this caller.
            SendAllSoon();
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            first.TrySetException(e);
            Abandon(e);
        }
    }

    /// <summary>Nobody may wait for an answer that does not come, and the next caller starts anew.</summary>
    private void Abandon(Exception e)
    {
        List<Waiting> left;
        lock (gate)
        {
            left = [.. gathering];
            gathering.Clear();
            sending = false;
        }

        foreach (var waiting in left)
        {
            waiting.TrySetException(e);
        }

        loop.Failed(e);
    }

    private void SendAllSoon() => ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.SendAllAsync(), this, preferLocal: false);

    private async Task SendAllAsync()
    {
        Waiting[]? batch = null;
        try
        {
            loop.Step("take");
            while ((batch = Take()) is not null)
            {
                await SendAsync(batch, isDirect: false);
                loop.Turned();
            }
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            Array.ForEach(batch ?? [], waiting => waiting.TrySetException(e));
            Abandon(e);
        }
    }

    private Waiting[]? Take()
    {
        lock (gate)
        {
            if (gathering.Count == 0)
            {
                sending = false;
                return null;
            }

            var batch = new Waiting[Math.Min(gathering.Count, MostTasksPerBatch)];
            for (var i = 0; i < batch.Length; i++)
            {
                batch[i] = gathering.Dequeue();
            }

            lonely = batch.Length == 1;
            return batch;
        }
    }

    private async Task SendAsync(Waiting[] batch, bool isDirect)
    {
        try
        {
            loop.Step("send");
            var statuses = await broker.EnqueueTracedAsync(Array.ConvertAll(batch, w => w.Request), isDirect, CancellationToken.None);
            for (var i = 0; i < batch.Length; i++)
            {
                batch[i].TrySetResult(statuses[i]);
            }
        }
        catch (Exception e) when (e is PayloadTooLargeException or ArgumentException && batch.Length > 1)
        {
            // One caller's mistake, found before anything was sent: the others are not to suffer from it.
            foreach (var waiting in batch)
            {
                await SendAsync([waiting], isDirect);
            }
        }
#pragma warning disable CA1031 // Every caller gets the exception, whatever it is; without an answer it would wait for ever.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (e is not (BrokerUnavailableException or PayloadTooLargeException or ArgumentException or OperationCanceledException or ObjectDisposedException))
            {
                loop.Failed(e);
            }

            foreach (var waiting in batch)
            {
                waiting.TrySetException(e);
            }
        }
    }

    private sealed class Waiting(EnqueueRequest request) : TaskCompletionSource<EnqueueStatus>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public EnqueueRequest Request => request;
    }
}
