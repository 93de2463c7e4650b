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

    /// <summary>STRING: the last report of one incarnation as JSON; it expires by itself.</summary>
    public string Report(string worker) => $"{{tr:{@namespace}}}:report:{worker}";

    /// <summary>HASH of what <c>control</c> asked of one incarnation; it expires by itself.</summary>
    public string Control(string worker) => $"{{tr:{@namespace}}}:control:{worker}";

    /// <summary>HASH of a group of a flow: its plan and how its members ended. In a slot of its own.</summary>
    public string Group(Guid id) => $"{GroupPrefix}{id:N}}}";

    /// <summary>ZSET of the groups that are not over, by the time when a worker looks at them next (ms since the epoch, server clock).</summary>
    public string OpenGroups { get; } = $"{{tr:{@namespace}}}:groups";

    /// <summary>STRING with the result of a task that somebody awaits: its queue, a line break, the record.</summary>
    public string Kept(Guid id) => $"{KeptPrefix}{id:N}";

    /// <summary>What all names of kept results begin with.</summary>
    public string KeptPrefix { get; } = $"{{tr:{@namespace}}}:result:";

    /// <summary>What all names of groups begin with.</summary>
    public string GroupPrefix { get; } = $"{{tr:{@namespace}:group:";

    /// <summary>What the names of all keys of queues begin with; the queue follows.</summary>
    public string QueuePrefix { get; } = $"{{tr:{@namespace}:";

    /// <summary>STRING that counts in a trial of the server; it lives for a moment.</summary>
    public string Probe(string trial) => $"{{tr:{@namespace}}}:probe:{trial}";

    /// <summary>ZSET of ids of tasks that were cancelled and found nowhere, by the time until which that is remembered: workers look there when they start.</summary>
    public string CancelledAnywhere { get; } = $"{{tr:{@namespace}}}:cancelled";

    /// <summary>Keys of a queue for one look at many queues, whose names are not all to be kept.</summary>
    public QueueKeys Passing(string queue) => new(@namespace, queue);

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
        Holders = $"{tag}:h";
        Wake = $"{tag}:w";
        Remembered = $"{tag}:u";
        Dead = $"{tag}:x";
        DeadMessages = $"{tag}:xm";
        DeadReasons = $"{tag}:xr";
        DeadSize = $"{tag}:xb";
        DeadSet = [Dead, DeadMessages, DeadReasons, DeadSize];
        RetryBudget = $"{tag}:y";
        Meta = $"{tag}:m";
        OrphanedResults = $"{tag}:oo";
        Cancelled = $"{tag}:c";
        Slots = $"{tag}:k";
        Parked = $"{tag}:b";
        ParkedMessages = $"{tag}:bm";
        ParkedByRate = $"{tag}:bt";
        ParkedByKind = $"{tag}:n";
        Unique = $"{tag}:q";
        UniqueEnds = $"{tag}:qt";
        Limits = $"{tag}:l";
        Buckets = $"{tag}:lb";
        Rules = [.. Ready, Wake, Slots, Parked, ParkedMessages, Unique, UniqueEnds, Meta];
        Rates = [.. Rules, Limits, Buckets, ParkedByRate];
        Counted = $"{tag}:z";
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

    /// <summary>HASH of worker incarnations that may hold something to how long their lease lasts in ms; one without a lease is found by it.</summary>
    public string Holders { get; }

    /// <summary>LIST of wake-up tokens, on which workers block. A token is a hint, the truth is in the lists.</summary>
    public string Wake { get; }

    /// <summary>ZSET of remembered task ids by the time until which a second one is refused.</summary>
    public string Remembered { get; }

    /// <summary>ZSET of dead task ids by time of death.</summary>
    public string Dead { get; }

    /// <summary>HASH of dead task id to message.</summary>
    public string DeadMessages { get; }

    /// <summary>HASH of dead task id to reason and error as JSON.</summary>
    public string DeadReasons { get; }

    /// <summary>STRING with the bytes of messages and reasons of all dead tasks.</summary>
    public string DeadSize { get; }

    /// <summary>The four keys of the dead set, in the order of dead_set.lua.</summary>
    public IReadOnlyList<string> DeadSet { get; }

    /// <summary>HASH of <c>a</c> (attempts) or <c>r</c> (retries) and a slice of time to how many there were.</summary>
    public string RetryBudget { get; }

    /// <summary>HASH of the queue's own state: <c>paused</c> (why, who, when), <c>limited</c> (whether rate limits are set), <c>cancels</c> (whether cancelled ids may be remembered), <c>turn</c> (orders what is parked), <c>expired</c> and <c>cancelled</c> (how many).</summary>
    public string Meta { get; }

    /// <summary>LIST of results that a dead worker left behind; the next heartbeat of any worker adopts them.</summary>
    public string OrphanedResults { get; }

    /// <summary>ZSET of ids of cancelled tasks by the time until which that is remembered: checked when a task is fetched.</summary>
    public string Cancelled { get; }

    /// <summary>HASH of concurrency key to the number of its slots that are taken.</summary>
    public string Slots { get; }

    /// <summary>ZSET of parked tasks in the order of their text: bucket, priority, turn, id. Buckets are <c>c:</c> concurrency key, <c>k:</c> rate key, <c>t:</c> task type with a rate limit, <c>n:</c> kind that no worker knew.</summary>
    public string Parked { get; }

    /// <summary>HASH of parked task id to four digits, its member of <see cref="Parked"/> of that length, its message.</summary>
    public string ParkedMessages { get; }

    /// <summary>ZSET of rate buckets with parked tasks by the time when the next one may start.</summary>
    public string ParkedByRate { get; }

    /// <summary>HASH of kind to the number of tasks parked because their worker did not know how to run them.</summary>
    public string ParkedByKind { get; }

    /// <summary>HASH of unique key to the id of the task that holds it.</summary>
    public string Unique { get; }

    /// <summary>ZSET of unique keys by the time when they are free whatever became of their task.</summary>
    public string UniqueEnds { get; }

    /// <summary>HASH of rate limits: <c>q</c> of the queue, <c>t:</c> of a task type as the code says, <c>o:</c> of a task type as it was set by hand.</summary>
    public string Limits { get; }

    /// <summary>ZSET of rate buckets by the moment when the next start is due.</summary>
    public string Buckets { get; }

    /// <summary>The keys that every script with rules.lua starts with.</summary>
    public IReadOnlyList<string> Rules { get; }

    /// <summary>The keys that every script with rates.lua starts with.</summary>
    public IReadOnlyList<string> Rates { get; }
    /// <summary>LIST as long as the number of ready and running tasks, for autoscalers; made by beat where it is asked to.</summary>
    public string Counted { get; }

    /// <summary>LIST on which one incarnation sleeps beside <see cref="Wake"/>: how it is called back. It expires by itself.</summary>
    public string Recall(string worker) => $"{tag}:w:{worker}";

    /// <summary>STRING: the oldest generation of fetches of one incarnation that may still take something; it expires by itself.</summary>
    public string FetchGeneration(string worker) => $"{tag}:g:{worker}";

    /// <summary>HASH of task id to message: what one incarnation holds.</summary>
    public string InFlight(string worker) => $"{tag}:f:{worker}";

    /// <summary>LIST of results that one incarnation settled and has not yet written to the database.</summary>
    public string Results(string worker) => $"{tag}:o:{worker}";
}
