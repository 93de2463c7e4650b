using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Resp;

namespace TaskRunner.Worker;

/// <summary>Sleeps in the broker until one of the queues has something: the one blocking command of the process, on a connection of its own.</summary>
internal sealed class WakeListener(RedisClient client, BrokerOptions options, CurrentPlan current, QueueFaults? faults = null)
{
    /// <summary>Longest sleep before it looks by itself. A lost wake-up token costs no more than this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Deadline = Longest + TimeSpan.FromSeconds(2);

    private readonly BrokerKeys keys = new(options.Namespace);
    private readonly BrokerCalls calls = new(new BrokerKeys(options.Namespace), options);

    /// <summary>Whether it can sleep in the broker.</summary>
    public bool IsConnected => client.IsConnected;

    /// <summary>Waits for a token; when none comes, looks which queues have something all the same.</summary>
    /// <param name="standing">What to fetch at once when the sleep ends, in the same round trip; null to be told only. A fetch stands for the worker's only queue.</param>
    /// <param name="cancellationToken">Ends the waiting, not the command.</param>
    /// <returns>What woke it: a queue's token, or the end of the longest sleep; and what was fetched.</returns>
    /// <exception cref="BrokerUnavailableException">The connection broke; with an unknown outcome, the fetch may have taken tasks.</exception>
    public async Task<WakeUp> WaitAsync(StandingFetch? standing, CancellationToken cancellationToken)
    {
        try
        {
            return standing is null ? await WaitAsync(cancellationToken) : await FetchAsync(standing, cancellationToken);
        }
        catch (RedisServerException e)
        {
            throw new BrokerUnavailableException(e.Message, false, e);
        }
        catch (RedisUnavailableException e)
        {
            throw new BrokerUnavailableException(e.Message, standing is not null && e.MayHaveExecuted, e);
        }
    }

    /// <summary>Gives a token back: this worker took it and has no room for a task.</summary>
    public Task PassOnAsync(string queue, CancellationToken cancellationToken) =>
        client.ExecuteAsync(RedisCommand.Create("RPUSH", keys.Of(queue).Wake, "1"), cancellationToken);

    private async Task<WakeUp> WaitAsync(CancellationToken cancellationToken)
    {
        var queueOfKey = current.Plan.Queues.ToDictionary(q => keys.Of(q.Name).Wake, q => q.Name, StringComparer.Ordinal);
        RespValue reply;
        try
        {
            reply = await client.ExecuteAsync(Sleep([.. queueOfKey.Keys]), cancellationToken, Deadline, isDirect: true);
            foreach (var queue in queueOfKey.Values)
            {
                faults?.Clear(queue, "sleep");
            }
        }
        catch (RedisServerException e) when (e.Message.Contains("WRONGTYPE", StringComparison.Ordinal))
        {
            var sound = await FindListsAsync(queueOfKey, cancellationToken);
            if (sound.Count == 0 || sound.Count == queueOfKey.Count)
            {
                throw;
            }

            reply = await client.ExecuteAsync(Sleep(sound), cancellationToken, Deadline, isDirect: true);
        }

        return reply.IsNull ? await LookAsync([.. queueOfKey.Values], cancellationToken) : new WakeUp([queueOfKey[reply.Items[0].AsString()]], TookToken: true);
    }

    /// <summary>The wake-up lists that are lists or not there. One queue's is something else: the others are slept for without it.</summary>
    private async Task<List<string>> FindListsAsync(Dictionary<string, string> queueOfKey, CancellationToken cancellationToken)
    {
        var types = await client.ExecuteAsync([.. queueOfKey.Keys.Select(key => RedisCommand.Create("TYPE", key))], cancellationToken);
        var sound = new List<string>();
        foreach (var ((key, queue), reply) in queueOfKey.Zip(types))
        {
            if (RedisReplies.ValueOrThrow(reply).AsString() is var type && type is "list" or "none")
            {
                sound.Add(key);
            }
            else
            {
                faults?.Note(queue, "sleep", $"queue '{queue}': key {key} is a {type} and must be a list");
            }
        }

        return sound;
    }

    /// <summary>The server reads the fetch when the sleep is over: both were sent together, and it serves a connection in the order of its commands.</summary>
    private async Task<WakeUp> FetchAsync(StandingFetch standing, CancellationToken cancellationToken)
    {
        var (worker, queue) = (standing.Life.Name, standing.Fetch.Queue);
        var queueKeys = keys.Of(queue);
        var step = calls.Step(worker, standing.Fetch, [], isStanding: true);
        var fetch = LuaCallList.ByHash([step]);
        var replies = await client.ExecuteAsync([Sleep([queueKeys.Recall(worker), queueKeys.Wake]), fetch], cancellationToken, Deadline, isDirect: true);
        if (fetch.Unknown([replies[1]]) is not null)
        {
            // Now with its source. Some servers keep scripts for each connection.
            replies[1] = (await client.EvaluateAsync([step], cancellationToken))[0];
        }

        if (replies.FirstOrDefault(reply => reply.IsError) is { IsError: true } refused)
        {
            // The other one may have been carried out.
            throw new BrokerUnavailableException($"The broker refused a command: {refused.ErrorMessage}", outcomeUnknown: true);
        }

        var tookToken = !replies[0].IsNull && replies[0].Items[0].AsString() == queueKeys.Wake;
        var reply = StepReply.Read(queue, replies[1].Items);

        // A fetch that may take nothing is as none: the next step says why, or somebody else gets the token.
        return reply.LeaseLost ? new WakeUp([queue], tookToken) : new WakeUp([], tookToken, reply);
    }

    private static RedisCommand Sleep(IReadOnlyList<string> wakes) =>
        RedisCommand.Create("BLPOP", [.. wakes.Select(key => (RedisArgument)key), (int)Longest.TotalSeconds]);

    /// <summary>One command for each queue, where a step that finds nothing takes five: an idle worker is to cost the broker little.</summary>
    private async Task<WakeUp> LookAsync(IReadOnlyList<string> queues, CancellationToken cancellationToken)
    {
        var replies = await client.ExecuteAsync([.. queues.Select(queue => RedisCommand.Create("EXISTS", [.. Tasks(keys.Of(queue)).Select(k => (RedisArgument)k)]))], cancellationToken);
        return new WakeUp([.. queues.Where((_, i) => RedisReplies.ValueOrThrow(replies[i]).AsInteger() > 0)], TookToken: false);
    }

    /// <summary>Whatever a step looks at: what is ready, what is delayed, what its rate limits hold back.</summary>
    private static IEnumerable<string> Tasks(QueueKeys queue) => [.. queue.Ready, queue.Delayed, queue.ParkedByRate];
}
