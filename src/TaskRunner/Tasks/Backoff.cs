namespace TaskRunner;

/// <summary>How long a failed task waits before its next attempt.</summary>
public sealed class Backoff
{
    private readonly Func<int, TimeSpan> ceiling;
    private readonly bool jitter;

    private Backoff(Func<int, TimeSpan> ceiling, bool jitter)
    {
        this.ceiling = ceiling;
        this.jitter = jitter;
    }

    /// <summary>
    /// Doubles from <paramref name="first"/> (default 1 s) up to <paramref name="most"/> (default 10 min), with full jitter: the wait is
    /// drawn evenly between zero and that ceiling, so that tasks that failed together do not come back together
    /// (Marc Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
    /// </summary>
    /// <param name="first">Ceiling of the first wait, more than zero.</param>
    /// <param name="most">Largest ceiling, at least <paramref name="first"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is out of range.</exception>
    public static Backoff Exponential(TimeSpan? first = null, TimeSpan? most = null)
    {
        var start = first ?? TimeSpan.FromSeconds(1);
        var end = most ?? TimeSpan.FromMinutes(10);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(start, TimeSpan.Zero, nameof(first));
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start, nameof(most));
        return new Backoff(failures => TimeSpan.FromTicks((long)Math.Min(end.Ticks, start.Ticks * Math.Pow(2, Math.Min(failures - 1, 62)))), jitter: true);
    }

    /// <summary>The same wait each time, without jitter.</summary>
    /// <param name="wait">Zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    public static Backoff Fixed(TimeSpan wait)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero, nameof(wait));
        return new Backoff(_ => wait, jitter: false);
    }

    /// <summary>The wait after so many failures.</summary>
    /// <param name="failures">1 after the first failure.</param>
    /// <param name="random">Source of the jitter.</param>
    internal TimeSpan After(int failures, Random random)
    {
        var longest = ceiling(failures);
#pragma warning disable CA5394 // Jitter is no secret.
        return jitter ? longest * random.NextDouble() : longest;
#pragma warning restore CA5394
    }
}
