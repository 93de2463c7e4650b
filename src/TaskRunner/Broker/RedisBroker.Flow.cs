using System.Text.Json;
using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>What people and programs do to a queue while it works: pause it, limit its rates, cancel its tasks.</summary>
internal sealed partial class RedisBroker
{
    /// <summary>Keeps workers from fetching out of a queue, from now until <see cref="ResumeAsync"/>, across restarts of everything. What runs goes on.</summary>
    /// <param name="queue">The queue; it need not exist yet.</param>
    /// <param name="reason">Why, for those who will ask; null for none.</param>
    /// <param name="by">Who.</param>
    /// <param name="cancellationToken">Ends the waiting, not the command.</param>
    public async Task PauseAsync(string queue, string? reason, string by, CancellationToken cancellationToken)
    {
        QueueName.ThrowIfInvalid(queue);
        var time = (await ExecuteAsync([RedisCommand.Create("TIME")], cancellationToken))[0].Items;
        var pause = new QueuePause(reason, by, DateTimeOffset.FromUnixTimeSeconds(time[0].AsInteger()));
        await ExecuteAsync(
            [
                RedisCommand.Create("SADD", keys.Queues, queue),
                RedisCommand.Create("HSET", keys.Of(queue).Meta, "paused", JsonSerializer.SerializeToUtf8Bytes(pause, BrokerJson.Default.QueuePause)),
            ],
            cancellationToken);
    }

    /// <summary>Lets workers fetch from a paused queue again, at once.</summary>
    /// <returns>Whether it was paused.</returns>
    public async Task<bool> ResumeAsync(string queue, CancellationToken cancellationToken)
    {
        QueueName.ThrowIfInvalid(queue);
        var k = keys.Of(queue);
        var replies = await ExecuteAsync([RedisCommand.Create("HDEL", k.Meta, "paused"), RedisCommand.Create("RPUSH", k.Wake, "1")], cancellationToken);
        return replies[0].AsInteger() == 1;
    }

    /// <summary>Why and by whom a queue is paused; null when it is not.</summary>
    public async Task<QueuePause?> PauseOfAsync(string queue, CancellationToken cancellationToken)
    {
        var reply = (await ExecuteAsync([RedisCommand.Create("HGET", keys.Of(queue).Meta, "paused")], cancellationToken))[0];
        return reply.IsNull ? null : QueuePause.Read(reply.AsBytes());
    }

    /// <summary>Sets how fast tasks of a queue start in the whole cluster, from now on.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="task">The task type that it is for; null for the queue as a whole.</param>
    /// <param name="limit">The limit. <see cref="RateLimit.None"/> lifts the one that the type's code sets; null goes back to that one.</param>
    /// <param name="cancellationToken">Ends the waiting, not the command.</param>
    /// <returns>Whether anything changed.</returns>
    public async Task<bool> SetRateLimitAsync(string queue, string? task, RateLimit? limit, CancellationToken cancellationToken)
    {
        QueueName.ThrowIfInvalid(queue);
        if (limit is { IsNone: false, IsValid: false })
        {
            throw new ArgumentOutOfRangeException(nameof(limit), limit, RateLimit.Rule);
        }

        var (field, bucket) = task is null ? ("q", "q") : ("o:" + task, "t:" + task);
        var text = task is null && limit is { IsNone: true } ? null : limit?.Wire;
        var replies = await EvaluateAsync([calls.Limit(queue, [(field, text, bucket)])], cancellationToken);
        return replies[0].AsInteger() > 0;
    }

    /// <summary>The rate limits that hold in a queue: null as task stands for the queue as a whole.</summary>
    public async Task<IReadOnlyList<QueueRateLimit>> RateLimitsAsync(string queue, CancellationToken cancellationToken)
    {
        var fields = (await ExecuteAsync([RedisCommand.Create("HGETALL", keys.Of(queue).Limits)], cancellationToken))[0].Items
            .Chunk(2).ToDictionary(pair => pair[0].AsString(), pair => RateLimit.ParseWire(pair[1].AsString()) ?? RateLimit.None, StringComparer.Ordinal);
        return
        [
            .. fields.Where(f => f.Key == "q" || f.Key.StartsWith("o:", StringComparison.Ordinal) || !fields.ContainsKey("o:" + f.Key[2..]))
                .OrderBy(f => f.Key, StringComparer.Ordinal)
                .Select(f => new QueueRateLimit(queue, f.Key == "q" ? null : f.Key[2..], f.Value, ByHand: f.Key[0] != 't')),
        ];
    }

    /// <summary>
    /// Cancels a task for good. One that is delayed or parked ends now. One that is ready ends when it is fetched; one that runs has its token cancelled
    /// within about two seconds, and ends as cancelled whatever it does then. Both hold across restarts, for seven days.
    /// </summary>
    public async Task<CancelStatus> CancelAsync(Guid id, CancellationToken cancellationToken)
    {
        var key = id.ToString("N");
        var queues = await QueuesAsync(cancellationToken);
        if (queues.Count == 0)
        {
            return CancelStatus.Marked;
        }

        var ended = await EvaluateAsync([.. queues.Select(q => calls.Cancel(q, key, mark: false))], cancellationToken);
        if (ended.Any(reply => reply.AsInteger() == 1))
        {
            return CancelStatus.Cancelled;
        }

        var running = await HolderQueueAsync(queues, key, cancellationToken);

        // It may move between the two looks; the second call ends it where it can, and marks it where it cannot.
        var marked = await EvaluateAsync([.. queues.Where(q => running is null || q == running).Select(q => calls.Cancel(q, key, mark: true))], cancellationToken);
        return marked.Any(reply => reply.AsInteger() == 1) ? CancelStatus.Cancelled
            : running is not null ? CancelStatus.Running
            : CancelStatus.Marked;
    }

    private async Task<string?> HolderQueueAsync(IReadOnlyList<string> queues, string id, CancellationToken cancellationToken)
    {
        var leases = await ExecuteAsync([.. queues.Select(q => RedisCommand.Create("ZRANGE", keys.Of(q).Leases, 0, -1))], cancellationToken);
        var places = queues.SelectMany((queue, i) => leases[i].Items.Select(worker => (Queue: queue, Worker: worker.AsString()))).ToList();
        var held = places.Count == 0 ? [] : await ExecuteAsync([.. places.Select(p => RedisCommand.Create("HEXISTS", keys.Of(p.Queue).InFlight(p.Worker), id))], cancellationToken);
        return places.Where((_, i) => held[i].AsInteger() == 1).Select(p => p.Queue).FirstOrDefault();
    }
}
