using System.Globalization;
using TaskRunner.Redis;
using TaskRunner.Resp;

namespace TaskRunner.Broker;

/// <summary>What each key must be, to name the one that is something else: the server's own error does not.</summary>
internal static class KeyTypes
{
    /// <summary>
    /// Whether an error is about the keys of one queue. Every other error is about the server, the connection or the account, and holds for all queues.
    /// </summary>
    public static bool IsWrongType(RespValue reply) => reply.IsError && (reply.ErrorMessage ?? "").Contains("WRONGTYPE", StringComparison.Ordinal);

    /// <summary>The same for a script that only one queue is to suffer from: it also fails over a value that is no number, say.</summary>
    public static bool IsQueueFault(RespValue reply) => IsWrongType(reply) || (reply.IsError && reply.ErrorCode == "ERR");

    /// <summary>Whether a call failed because of what stands in a key. Every other failure is about the server, the connection or the account.</summary>
    public static bool IsQueueFault(BrokerUnavailableException e) =>
        e is QueueFaultException or { InnerException: RedisServerException { Code: "WRONGTYPE" or "ERR" } };

    /// <summary>Whether a call failed because a key has another type.</summary>
    public static bool IsWrongType(Exception e) => e is BrokerUnavailableException { InnerException: RedisServerException { Code: "WRONGTYPE" } };

    /// <summary>Asks for the type of each key, in the order of <see cref="Expected"/>.</summary>
    public static RedisCommand[] Ask(QueueKeys keys, string worker) => [.. Expected(keys, worker).Select(e => RedisCommand.Create("TYPE", e.Key))];

    /// <summary>One sentence that names the queue, and each key that is not what it must be.</summary>
    /// <param name="keys">The queue's keys.</param>
    /// <param name="worker">The incarnation that asks.</param>
    /// <param name="types">The replies to <see cref="Ask"/>; empty when nobody could ask.</param>
    /// <param name="error">What the server said.</param>
    public static string Describe(QueueKeys keys, string worker, IReadOnlyList<RespValue> types, string error)
    {
        var wrong = Expected(keys, worker).Zip(types)
            .Where(pair => !pair.Second.IsError && pair.Second.AsString() is var type && type != "none" && type != pair.First.Type)
            .Select(pair => string.Create(CultureInfo.InvariantCulture, $"key {pair.First.Key} is a {pair.Second.AsString()} and must be a {pair.First.Type}"))
            .ToList();
        return $"queue '{keys.Queue}': {(wrong.Count == 0 ? error : string.Join("; ", wrong))}";
    }

    /// <summary>Asks for the type of each of these keys.</summary>
    public static RedisCommand[] AskFor(IReadOnlyList<string> names) => [.. names.Select(name => RedisCommand.Create("TYPE", name))];

    /// <summary>One sentence about those of the keys that are not what they must be; null when all are.</summary>
    /// <param name="keys">The keys of the namespace.</param>
    /// <param name="names">The keys in question.</param>
    /// <param name="types">The replies to <see cref="AskFor"/>.</param>
    public static string? Wrong(BrokerKeys keys, IReadOnlyList<string> names, IReadOnlyList<RespValue> types)
    {
        var wrong = names.Zip(types)
            .Where(pair => !pair.Second.IsError)
            .Select(pair => (Key: pair.First, Found: pair.Second.AsString(), Type: KeyPlace.TypeOf(keys, pair.First)))
            .Where(pair => pair.Type is not null && pair.Found != "none" && pair.Found != pair.Type)
            .Select(pair => $"key {pair.Key} is a {pair.Found} and must be a {pair.Type}")
            .ToList();
        return wrong.Count == 0 ? null : string.Join("; ", wrong);
    }

    /// <summary>The keys of a queue, with what they must be.</summary>
    public static IEnumerable<(string Key, string Type)> Expected(QueueKeys k, string worker) =>
    [
        .. k.Ready.Select(key => (key, "list")),
        .. new[] { k.Wake, k.OrphanedResults, k.Results(worker), k.Recall(worker), k.Counted }.Select(key => (key, "list")),
        .. new[] { k.Delayed, k.Leases, k.Remembered, k.Dead, k.Cancelled, k.Parked, k.ParkedByRate, k.UniqueEnds, k.Buckets }.Select(key => (key, "zset")),
        .. new[] { k.DelayedMessages, k.Holders, k.DeadMessages, k.DeadReasons, k.RetryBudget, k.Meta, k.Slots, k.ParkedMessages, k.ParkedByKind, k.Unique, k.Limits, k.InFlight(worker) }
            .Select(key => (key, "hash")),
        .. new[] { k.DeadSize, k.FetchGeneration(worker) }.Select(key => (key, "string")),
    ];
}
