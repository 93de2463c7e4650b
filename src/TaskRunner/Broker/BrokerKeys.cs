namespace TaskRunner.Broker;

/// <summary>Every key of one namespace. No other file joins key names.</summary>
internal sealed class BrokerKeys(string @namespace)
{
    private readonly Dictionary<string, QueueKeys> queues = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>SET of the names of all queues that were ever used.</summary>
    public string Queues { get; } = $"{{tr:{@namespace}}}:queues";

    /// <summary>HASH of worker incarnation to its description as JSON.</summary>
    public string Workers { get; } = $"{{tr:{@namespace}}}:workers";

    public QueueKeys Of(string queue)
    {
        lock (gate)
        {
            if (!queues.TryGetValue(queue, out var keys))
            {
                keys = new QueueKeys(@namespace, queue);
                queues.Add(queue, keys);
            }

            return keys;
        }
    }
}

/// <summary>The keys of one queue; they share a hash tag, so that every script stays within one slot.</summary>
internal sealed class QueueKeys
{
    /// <summary>Priorities run from 0 to this.</summary>
    public const int HighestPriority = 9;

    private readonly string tag;

    public QueueKeys(string @namespace, string queue)
    {
        // The trailing number is the shard. There is one today; it is in the name so that more can come without moving data.
        tag = $"{{tr:{@namespace}:{queue}:0}}";
        Queue = queue;
        Ready = [.. Enumerable.Range(0, HighestPriority + 1).Select(i => $"{tag}:r{HighestPriority - i}")];
        Delayed = $"{tag}:d";
        DelayedMessages = $"{tag}:dm";
        Leases = $"{tag}:p";
        Wake = $"{tag}:w";
        Remembered = $"{tag}:u";
        Dead = $"{tag}:x";
        DeadMessages = $"{tag}:xm";
        DeadReasons = $"{tag}:xr";
        Meta = $"{tag}:m";
        OrphanedResults = $"{tag}:oo";
    }

    public string Queue { get; }

    /// <summary>LISTs of ready tasks, highest priority first.</summary>
    public IReadOnlyList<string> Ready { get; }

    /// <summary>ZSET of delayed task ids by due time (ms since the epoch, server clock).</summary>
    public string Delayed { get; }

    /// <summary>HASH of delayed task id to message.</summary>
    public string DelayedMessages { get; }

    /// <summary>ZSET of worker incarnations by the end of their lease (ms since the epoch, server clock).</summary>
    public string Leases { get; }

    /// <summary>LIST of wake-up tokens: the only key that workers block on. A token is a hint, the truth is in the lists.</summary>
    public string Wake { get; }

    /// <summary>ZSET of remembered task ids by the time until which a second one is refused.</summary>
    public string Remembered { get; }

    /// <summary>ZSET of dead task ids by time of death.</summary>
    public string Dead { get; }

    /// <summary>HASH of dead task id to message.</summary>
    public string DeadMessages { get; }

    /// <summary>HASH of dead task id to reason and error as JSON.</summary>
    public string DeadReasons { get; }

    /// <summary>HASH of the queue's own state: field <c>paused</c>.</summary>
    public string Meta { get; }

    /// <summary>LIST of results that a dead worker left behind; the next heartbeat of any worker adopts them.</summary>
    public string OrphanedResults { get; }

    /// <summary>HASH of task id to message: what one incarnation holds.</summary>
    public string InFlight(string worker) => $"{tag}:f:{worker}";

    /// <summary>LIST of results that one incarnation settled and has not yet written to the database.</summary>
    public string Results(string worker) => $"{tag}:o:{worker}";
}
