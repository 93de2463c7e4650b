namespace TaskRunner.Broker;

/// <summary>What a key of a namespace is by its name.</summary>
internal static class KeyPlace
{
    /// <summary>The type that a key must have, as Redis calls it; null for a key that is not of this namespace.</summary>
    public static string? TypeOf(BrokerKeys keys, string key)
    {
        if (key == keys.Queues)
        {
            return "set";
        }

        if (key == keys.Workers || key.StartsWith(keys.Control(""), StringComparison.Ordinal) || key.StartsWith(keys.GroupPrefix, StringComparison.Ordinal))
        {
            return "hash";
        }

        if (key == keys.CancelledAnywhere)
        {
            return "zset";
        }

        if (key.StartsWith(keys.Report(""), StringComparison.Ordinal) || key.StartsWith(keys.KeptPrefix, StringComparison.Ordinal) || key.StartsWith(keys.Probe(""), StringComparison.Ordinal))
        {
            return "string";
        }

        return QueueOf(keys, key, out var worker) is { } queue ? KeyTypes.Expected(keys.Passing(queue), worker).FirstOrDefault(e => e.Key == key).Type : null;
    }

    /// <summary>The queue of a key, and the incarnation whose key of that queue it is ("" for none).</summary>
    private static string? QueueOf(BrokerKeys keys, string key, out string worker)
    {
        const string end = ":0}:";
        worker = "";
        var at = key.IndexOf(end, StringComparison.Ordinal);
        if (at < keys.QueuePrefix.Length || !key.StartsWith(keys.QueuePrefix, StringComparison.Ordinal))
        {
            return null;
        }

        var suffix = key[(at + end.Length)..];
        worker = suffix.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? suffix[(colon + 1)..] : "";
        return key[keys.QueuePrefix.Length..at];
    }
}
