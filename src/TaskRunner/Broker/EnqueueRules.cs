namespace TaskRunner.Broker;

/// <summary>What a request may ask for.</summary>
internal static class EnqueueRules
{
    /// <summary>Longest delay, time to live, and time that an id is remembered.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromDays(3653);

    /// <summary>Longest time that a unique key may be held.</summary>
    public static readonly TimeSpan LongestHold = TimeSpan.FromDays(30);

    /// <summary>Everything that is wrong with a request, each a sentence.</summary>
    public static IEnumerable<string> Mistakes(EnqueueRequest request)
    {
        foreach (var mistake in request.Message.Mistakes())
        {
            yield return mistake;
        }

        if (request.Expires <= TimeSpan.Zero)
        {
            yield return $"The time to live is {request.Expires}: it goes from 1 ms to ten years.";
        }

        foreach (var (name, time) in new[] { ("delay", request.Delay), ("time to live", request.Expires ?? TimeSpan.Zero), ("time that the id is remembered", request.RememberId) })
        {
            if (time < TimeSpan.Zero || time > LongestTime)
            {
                yield return $"The {name} is {time}: it goes from zero to ten years.";
            }
        }

        if (request.UniqueFor < TimeSpan.FromSeconds(1) || request.UniqueFor > LongestHold)
        {
            yield return $"A unique key is held for {request.UniqueFor}: the time goes from one second to 30 days.";
        }

        if (request.Message.Rules is { } rules)
        {
            foreach (var mistake in rules.Mistakes())
            {
                yield return mistake;
            }
        }
    }
}
