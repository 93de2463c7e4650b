using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Broker;

/// <summary>Cancelling tasks by their id alone.</summary>
internal sealed partial class RedisBroker
{
    /// <summary>
    /// Cancels a task for good. One that is delayed or parked ends now. One that is ready ends when it is fetched; one that runs has its token cancelled
    /// within about two seconds, and ends as cancelled whatever it does then. Both hold across restarts, for seven days.
    /// </summary>
    public async Task<CancelStatus> CancelAsync(Guid id, CancellationToken cancellationToken)
    {
        var key = id.ToString("N");
        var all = await QueuesAsync(cancellationToken);
        var queues = await QueuesWithAsync(all, static k => [.. k.Ready, k.DelayedMessages, k.DeadMessages, k.ParkedMessages, k.Leases], cancellationToken);
        var ended = await EvaluateAsync([.. queues.Select(q => calls.Cancel(q, key, mark: false))], cancellationToken);
        if (ended.Any(reply => reply.AsInteger() == 1))
        {
            return CancelStatus.Cancelled;
        }

        if (all.Count == 0)
        {
            return await MarkAsync(id, null, cancellationToken) ? CancelStatus.Cancelled : CancelStatus.Marked;
        }

        var running = await HolderQueueAsync(queues, key, cancellationToken);
        foreach (var part in all.Where(q => running is null || q == running).Chunk(QueuesInOneBatch))
        {
            // It may move between the two looks; the second call ends it where it can, and marks it where it cannot.
            var marked = await EvaluateAsync([.. part.Select(q => calls.Cancel(q, key, mark: true))], cancellationToken);
            if (marked.Any(reply => reply.AsInteger() == 1))
            {
                return CancelStatus.Cancelled;
            }
        }

        return running is not null ? CancelStatus.Running : CancelStatus.Marked;
    }

    private async Task<string?> HolderQueueAsync(IReadOnlyList<string> queues, string id, CancellationToken cancellationToken)
    {
        var leases = await ExecuteAsync([.. queues.Select(q => RedisCommand.Create("ZRANGE", keys.Of(q).Leases, 0, -1))], cancellationToken);
        var places = queues.SelectMany((queue, i) => leases[i].Items.Select(worker => (Queue: queue, Worker: worker.AsString()))).ToList();
        var held = places.Count == 0 ? [] : await ExecuteAsync([.. places.Select(p => RedisCommand.Create("HEXISTS", keys.Of(p.Queue).InFlight(p.Worker), id))], cancellationToken);
        return places.Where((_, i) => held[i].AsInteger() == 1).Select(p => p.Queue).FirstOrDefault();
    }

    /// <summary>Cancels a task where it can be found; one that is found nowhere is left alone. A task does not change its queue, so a mark in the queue where it was seen reaches it wherever it goes.</summary>
    /// <param name="id">The task.</param>
    /// <param name="queue">The only queue to look in; null for all.</param>
    /// <param name="cancellationToken">Ends the waiting, not the command.</param>
    /// <returns>What was found, and whether every list was read to its end.</returns>
    public async Task<(CancelStatus Status, bool SearchedAll)> RevokeKnownAsync(Guid id, string? queue, CancellationToken cancellationToken)
    {
        var (found, all) = await SearchAsync(id, queue, cancellationToken);
        if (found is null)
        {
            return (CancelStatus.Unknown, all);
        }

        if (found.State == TaskState.Dead)
        {
            return (CancelStatus.Dead, all);
        }

        // It may move between the look and the call, which ends it where it can and marks it where it cannot.
        var ended = (await EvaluateAsync([calls.Cancel(found.Queue, id.ToString("N"), mark: true)], cancellationToken))[0].AsInteger() == 1;
        return (ended ? CancelStatus.Cancelled : found.State == TaskState.Running ? CancelStatus.Running : CancelStatus.Marked, all);
    }

    /// <summary>
    /// Marks an id that was found nowhere: a task with it does not start, should it ever be fetched from a queue that has something or that a worker serves
    /// now, or from one that a worker takes up later.
    /// </summary>
    /// <param name="id">The task.</param>
    /// <param name="queue">A queue that is marked whether it is known or not; null for none.</param>
    /// <param name="cancellationToken">Ends the waiting, not the command.</param>
    /// <returns>Whether the task turned up meanwhile and has ended.</returns>
    public async Task<bool> MarkAsync(Guid id, string? queue, CancellationToken cancellationToken)
    {
        var key = id.ToString("N");
        var remember = BrokerCalls.RememberCancelled;
        var time = (await ExecuteAsync([RedisCommand.Create("TIME")], cancellationToken))[0].Items;
        var now = (time[0].AsInteger() * 1000) + (time[1].AsInteger() / 1000);
        await ExecuteAsync(
            [
                RedisCommand.Create("ZREMRANGEBYSCORE", keys.CancelledAnywhere, "-inf", now),
                RedisCommand.Create("ZADD", keys.CancelledAnywhere, now + (long)remember.TotalMilliseconds, key),
                RedisCommand.Create("PEXPIRE", keys.CancelledAnywhere, (long)remember.TotalMilliseconds),
            ],
            cancellationToken);
        var busy = await QueuesWithAsync(
            await QueuesAsync(cancellationToken), static k => [.. k.Ready, k.DelayedMessages, k.ParkedMessages, k.Leases], cancellationToken);
        var ended = false;
        foreach (var part in busy.Concat(queue is null ? [] : [queue]).Distinct(StringComparer.Ordinal).Chunk(QueuesInOneBatch))
        {
            var replies = await EvaluateAsync([.. part.Select(q => calls.Cancel(q, key, mark: true))], cancellationToken);
            ended |= replies.Any(reply => reply.AsInteger() == 1);
        }

        return ended;
    }
}
