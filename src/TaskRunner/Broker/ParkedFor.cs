namespace TaskRunner.Broker;

/// <summary>What parked tasks wait for, as people read it.</summary>
internal static class ParkedFor
{
    private const string UnknownType = "n:t:";
    private const string UnknownVersion = "n:v:";

    /// <summary>The task type that no worker knew; null when it waits for something else.</summary>
    public static string? TypeNobodyKnew(string bucket) => bucket.StartsWith(UnknownType, StringComparison.Ordinal) ? bucket[UnknownType.Length..] : null;

    /// <summary>A phrase: what the tasks of a bucket wait for.</summary>
    /// <param name="bucket">As <see cref="ParkedMessage.Bucket"/> reads it.</param>
    public static string Describe(string bucket) => bucket switch
    {
        _ when TypeNobodyKnew(bucket) is { } type => $"a worker that maps the task '{type}'",
        _ when bucket.StartsWith(UnknownVersion, StringComparison.Ordinal) => $"a worker that reads messages of version {bucket[UnknownVersion.Length..]}",
        ['c', ':', ..] => $"a slot of the concurrency key '{bucket[2..]}'",
        ['k', ':', ..] => $"the rate limit of the rate key '{bucket[2..]}'",
        ['t', ':', ..] => $"the rate limit of the task type '{bucket[2..]}'",
        _ => $"'{bucket}'",
    };
}
