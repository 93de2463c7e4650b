using TaskRunner.Broker;

namespace TaskRunner;

/// <summary>How long a failed task waits before its next attempt: ten years at most, whatever was asked for.</summary>
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

    /// <summary>Grows by <paramref name="step"/> with each failure, up to <paramref name="most"/> (default 10 min), without jitter.</summary>
    /// <param name="step">First wait, and what each further one adds; more than zero.</param>
    /// <param name="most">Largest wait, at least <paramref name="step"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is out of range.</exception>
    public static Backoff Linear(TimeSpan step, TimeSpan? most = null)
    {
        var end = most ?? TimeSpan.FromMinutes(10);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(step, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, step, nameof(most));
        return new Backoff(failures => TimeSpan.FromTicks((long)Math.Min(end.Ticks, (double)step.Ticks * failures)), jitter: false);
    }

    /// <summary>These waits, one after the other, without jitter; the last one is repeated.</summary>
    /// <param name="waits">At least one; each zero or more.</param>
    /// <exception cref="ArgumentException">There is none, or one is negative.</exception>
    public static Backoff List(params IReadOnlyList<TimeSpan> waits)
    {
        if (waits.Count == 0 || waits.Any(wait => wait < TimeSpan.Zero))
        {
            throw new ArgumentException("A list of waits has at least one, and none is negative.", nameof(waits));
        }

        TimeSpan[] kept = [.. waits];
        return new Backoff(failures => kept[Math.Min(failures, kept.Length) - 1], jitter: false);
    }

    /// <summary>The same waits as ceilings of full jitter: each wait is drawn evenly between zero and its ceiling.</summary>
    public Backoff WithJitter() => new(ceiling, jitter: true);

    /// <summary>The same waits, to the full each time.</summary>
    public Backoff WithoutJitter() => new(ceiling, jitter: false);

    /// <summary>The same waits, but none longer than this.</summary>
    /// <param name="most">Zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    public Backoff AtMost(TimeSpan most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, TimeSpan.Zero);
        var longer = ceiling;
        return new Backoff(failures => longer(failures) is var wait && wait > most ? most : wait, jitter);
    }

    /// <summary>The same wait each time, without jitter.</summary>
    /// <param name="wait">Zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    public static Backoff Fixed(TimeSpan wait)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero, nameof(wait));
        return new Backoff(_ => wait, jitter: false);
    }

    /// <summary>The wait after so many failures, zero to ten years.</summary>
    /// <param name="failures">1 after the first failure.</param>
    /// <param name="random">Source of the jitter.</param>
    internal TimeSpan After(int failures, Random random)
    {
        // Further ahead than this nothing is enqueued either, and times would leave the calendar.
        var longest = ceiling(failures) is var wait && wait > EnqueueRules.LongestTime ? EnqueueRules.LongestTime : wait;
#pragma warning disable CA5394 // Jitter is no secret.
        return jitter ? longest * random.NextDouble() : longest;
#pragma warning restore CA5394
    }
}
