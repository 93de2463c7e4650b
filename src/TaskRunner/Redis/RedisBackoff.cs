namespace TaskRunner.Redis;

/// <summary>How long to wait before the next connection attempt: doubling from 50 ms to 2 s, each between half and all of it.</summary>
internal static class RedisBackoff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <param name="failures">Attempts that failed one after the other, 1 or more.</param>
    /// <param name="random">0 to 1; spreads many clients of a server that comes back.</param>
    public static TimeSpan Delay(int failures, double random)
    {
        var full = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 30) - 1));
        return TimeSpan.FromMilliseconds(full * (0.5 + (random / 2)));
    }
}
