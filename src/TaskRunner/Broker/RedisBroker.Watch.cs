using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>What alerts and autoscalers want to know of queues.</summary>
internal sealed partial class RedisBroker
{
    // An autoscaler needs no more than the number that keeps its most pods busy.
    private const int HighestCount = 10_000;

    private static readonly TimeSpan CountLifetime = TimeSpan.FromMinutes(1);

    /// <summary>How long ago the oldest ready task of each queue was enqueued, delays included, by the broker's clock; zero for a queue without one.</summary>
    public async Task<IReadOnlyDictionary<string, TimeSpan>> OldestReadyAsync(IReadOnlyList<string> queues, CancellationToken cancellationToken)
    {
        // The head of each list is its oldest; a message that cannot be read has no age, its worker will bury it.
        var heads = queues.SelectMany(queue => keys.Of(queue).Ready, (queue, list) => (queue, list)).ToList();
        var replies = await ExecuteAsync([.. heads.Select(head => RedisCommand.Create("LINDEX", head.list, 0)), RedisCommand.Create("TIME")], cancellationToken);
        var time = replies[^1].Items;
        var now = DateTimeOffset.FromUnixTimeMilliseconds((time[0].AsInteger() * 1000) + (time[1].AsInteger() / 1000));
        var oldest = queues.ToDictionary(queue => queue, _ => TimeSpan.Zero, StringComparer.Ordinal);
        foreach (var (head, reply) in heads.Zip(replies))
        {
            if (!reply.IsNull && TryRead(new Held(head.queue, reply.AsBytes())) is { } task && now - task.EnqueuedAt > oldest[head.queue])
            {
                oldest[head.queue] = now - task.EnqueuedAt;
            }
        }

        return oldest;
    }

    /// <summary>Counts the ready and running tasks of a queue into a list of that length, which an autoscaler can measure. It is gone a minute after the last count.</summary>
    /// <returns>The length, 10,000 at most.</returns>
    public async Task<long> CountAsync(string queue, CancellationToken cancellationToken)
    {
        var leases = await ExecuteAsync([RedisCommand.Create("ZRANGE", keys.Of(queue).Leases, 0, -1)], cancellationToken);
        var workers = leases[0].Items.Select(value => value.AsString()).ToList();
        return (await EvaluateAsync([calls.Count(queue, workers, HighestCount, CountLifetime)], cancellationToken))[0].AsInteger();
    }
}
