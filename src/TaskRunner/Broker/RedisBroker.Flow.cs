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

    /// <summary>Forgets a queue that is empty: <c>inspect queues</c> does not list it until it is used again.</summary>
    /// <returns>Null when it was forgotten; else what it still holds. Nothing was changed then.</returns>
    public async Task<QueueRemains?> ForgetQueueAsync(string queue, CancellationToken cancellationToken)
    {
        QueueName.ThrowIfInvalid(queue);

        // The name goes first: a task that is enqueued now is found by the script, and the name comes back.
        await ExecuteAsync([RedisCommand.Create("SREM", keys.Queues, queue)], cancellationToken);
        var call = calls.Forget(queue);
        try
        {
            var counts = (await EvaluateAsync([call], cancellationToken))[0].Items.Select(i => i.AsInteger()).ToArray();
            if (counts.Length == 0)
            {
                return null;
            }

            await ExecuteAsync([RedisCommand.Create("SADD", keys.Queues, queue)], cancellationToken);
            return new QueueRemains(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6] > 0);
        }
        catch (BrokerUnavailableException)
        {
            throw new BrokerUnavailableException($"The broker went away while the queue '{queue}' was being forgotten: repeat the call.", outcomeUnknown: true);
        }
    }
}

/// <summary>What keeps a queue from being forgotten.</summary>
internal sealed record QueueRemains(long Ready, long Delayed, long Parked, long Dead, long Workers, long Results, bool IsPaused)
{
    public override string ToString() => string.Join(
        ", ",
        new (long Count, string Name)[]
        {
            (Ready, "ready"), (Delayed, "delayed"), (Parked, "parked"), (Dead, "dead"), (Results, "results not yet written"), (Workers, "workers"),
        }.Where(p => p.Count > 0).Select(p => $"{p.Count} {p.Name}").Concat(IsPaused ? ["paused"] : []));
}
