using TaskRunner.Broker;
using TaskRunner.Redis;

namespace TaskRunner.Worker;

/// <summary>Sleeps in the broker until one of the queues has something: the one blocking command of the process, on a connection of its own.</summary>
internal sealed class WakeListener(RedisClient client, BrokerKeys keys, CurrentPlan current)
{
    /// <summary>Longest sleep before it looks by itself. A lost wake-up token costs no more than this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Deadline = Longest + TimeSpan.FromSeconds(3);

    /// <summary>Waits for a token; when none comes, looks which queues have something all the same.</summary>
    /// <returns>What woke it: a queue's token, or the end of the longest sleep.</returns>
    /// <exception cref="BrokerUnavailableException">The connection broke.</exception>
    public async Task<WakeUp> WaitAsync(CancellationToken cancellationToken)
    {
        var queueOfKey = current.Plan.Queues.ToDictionary(q => keys.Of(q.Name).Wake, q => q.Name, StringComparer.Ordinal);
        try
        {
            RedisArgument[] arguments = [.. queueOfKey.Keys.Select(k => (RedisArgument)k), (int)Longest.TotalSeconds];
            var reply = await client.ExecuteAsync(RedisCommand.Create("BLPOP", arguments), cancellationToken, Deadline, isDirect: true);
            return reply.IsNull ? await LookAsync([.. queueOfKey.Values], cancellationToken) : new WakeUp([queueOfKey[reply.Items[0].AsString()]], TookToken: true);
        }
        catch (RedisServerException e)
        {
            throw new BrokerUnavailableException(e.Message, false, e);
        }
        catch (RedisUnavailableException e)
        {
            throw new BrokerUnavailableException(e.Message, e.MayHaveExecuted, e);
        }
    }

    /// <summary>One command for each queue, where a step that finds nothing takes five: an idle worker is to cost the broker little.</summary>
    private async Task<WakeUp> LookAsync(IReadOnlyList<string> queues, CancellationToken cancellationToken)
    {
        var replies = await client.ExecuteAsync([.. queues.Select(queue => RedisCommand.Create("EXISTS", [.. Tasks(keys.Of(queue)).Select(k => (RedisArgument)k)]))], cancellationToken);
        return new WakeUp([.. queues.Where((_, i) => RedisReplies.ValueOrThrow(replies[i]).AsInteger() > 0)], TookToken: false);
    }

    /// <summary>Whatever a step looks at: what is ready, what is delayed, what its rate limits hold back.</summary>
    private static IEnumerable<string> Tasks(QueueKeys queue) => [.. queue.Ready, queue.Delayed, queue.ParkedByRate];

    /// <summary>Gives a token back: this worker took it and has no room for a task.</summary>
    public Task PassOnAsync(string queue, CancellationToken cancellationToken) =>
        client.ExecuteAsync(RedisCommand.Create("RPUSH", keys.Of(queue).Wake, "1"), cancellationToken);
}
