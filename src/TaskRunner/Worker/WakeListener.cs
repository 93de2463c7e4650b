using TaskRunner.Broker;
using TaskRunner.Redis;

namespace TaskRunner.Worker;

/// <summary>Sleeps in the broker until one of the queues has something: the one blocking command of the process, on a connection of its own.</summary>
internal sealed class WakeListener(RedisClient client, BrokerKeys keys, CurrentPlan current)
{
    /// <summary>Longest sleep. A lost wake-up token costs no more than this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Deadline = Longest + TimeSpan.FromSeconds(3);

    /// <summary>Waits for a token.</summary>
    /// <returns>The queue that has something; null when nothing came.</returns>
    /// <exception cref="BrokerUnavailableException">The connection broke.</exception>
    public async Task<string?> WaitAsync(CancellationToken cancellationToken)
    {
        var queueOfKey = current.Plan.Queues.ToDictionary(q => keys.Of(q.Name).Wake, q => q.Name, StringComparer.Ordinal);
        try
        {
            RedisArgument[] arguments = [.. queueOfKey.Keys.Select(k => (RedisArgument)k), (int)Longest.TotalSeconds];
            var reply = await client.ExecuteAsync(RedisCommand.Create("BLPOP", arguments), cancellationToken, Deadline);
            return reply.IsNull ? null : queueOfKey[reply.Items[0].AsString()];
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

    /// <summary>Gives a token back: this worker took it and has no room for a task.</summary>
    public Task PassOnAsync(string queue, CancellationToken cancellationToken) =>
        client.ExecuteAsync(RedisCommand.Create("RPUSH", keys.Of(queue).Wake, "1"), cancellationToken);
}
