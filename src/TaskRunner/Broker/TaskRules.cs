namespace TaskRunner.Broker;

/// <summary>Rules that the broker keeps for one task. A task without any costs nothing more; all of them hold within the task's queue.</summary>
public sealed record TaskRules
{
    /// <summary>Longest unique, concurrency or rate key in characters.</summary>
    public const int LongestKey = 200;

    /// <summary>From this moment of the broker's clock the task is not started any more. Set by the broker from <see cref="EnqueueRequest.Expires"/>.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>While a task holds this key, no second one with it is accepted: 1 to 200 characters.</summary>
    public string? UniqueKey { get; init; }

    /// <summary>When the unique key is given back.</summary>
    public UniqueUntil UniqueUntil { get; init; } = UniqueUntil.Done;

    /// <summary>Of the tasks with this key no more than <see cref="ConcurrencyLimit"/> run at a time in the cluster: 1 to 200 characters.</summary>
    public string? ConcurrencyKey { get; init; }

    /// <summary>How many tasks with the concurrency key may run at a time, 1 to 1,000,000.</summary>
    public int ConcurrencyLimit { get; init; } = 1;

    /// <summary>Tasks with this key start no faster than <see cref="RateLimit"/>: 1 to 200 characters.</summary>
    public string? RateKey { get; init; }

    /// <summary>How fast tasks with the rate key start.</summary>
    public RateLimit RateLimit { get; init; }

    internal const int HighestConcurrency = 1_000_000;

    internal const string KeyRule = "a key has 1 to 200 characters, none of them a control character or half of a surrogate pair";

    internal bool IsEmpty => ExpiresAt is null && UniqueKey is null && ConcurrencyKey is null && RateKey is null;

    /// <summary>Everything that is wrong with these rules, each a sentence.</summary>
    internal IEnumerable<string> Mistakes()
    {
        foreach (var (name, key) in new[] { ("unique", UniqueKey), ("concurrency", ConcurrencyKey), ("rate", RateKey) })
        {
            if (key is not null && !IsKey(key))
            {
                yield return $"The {name} key '{TextRule.Shown(key)}' is not allowed: {KeyRule}.";
            }
        }

        if (ConcurrencyKey is not null && ConcurrencyLimit is < 1 or > HighestConcurrency)
        {
            yield return $"The concurrency limit is {ConcurrencyLimit}: it goes from 1 to 1,000,000.";
        }

        if (RateKey is not null && !RateLimit.IsValid)
        {
            yield return $"The rate limit {RateLimit.Wire} is not allowed: {RateLimit.Rule}.";
        }
    }

    internal static bool IsKey(string key) => TextRule.IsPlain(key, LongestKey);
}

/// <summary>When a unique key is given back.</summary>
public enum UniqueUntil
{
    /// <summary>When the task leaves the broker for good: done, dead, expired or cancelled. Retries and recoveries keep it.</summary>
    Done,

    /// <summary>When a worker starts the task for the first time.</summary>
    Start,
}

/// <summary>What becomes of a task whose unique key is held by another one.</summary>
public enum UniqueConflict
{
    /// <summary>It is refused.</summary>
    Reject,

    /// <summary>The one that holds the key is cancelled, wherever it is, and this one takes its place.</summary>
    Replace,
}
