namespace TaskRunner.Beat;

/// <summary>When the loop of beat does what: claims at the instant that something is due, and tends what is written in the gaps between. Pure arithmetic.</summary>
/// <param name="options">How beat runs.</param>
/// <param name="time">Its timestamps count; what they are set to does not matter.</param>
internal sealed class BeatAgenda(BeatOptions options, TimeProvider time)
{
    // Schedules that are due one shortly after the other share a claim, so that a thousand a second take fifty transactions.
    private static readonly TimeSpan ClaimPause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan TendPause = TimeSpan.FromMilliseconds(100);

    // Tending takes some milliseconds, and what is due soon must not wait for it; nor may tending wait for ever where something is always due soon.
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan AtOnce = TimeSpan.MinValue;

    private readonly long origin = time.GetTimestamp();
    private TimeSpan claimAt = AtOnce;
    private TimeSpan tendAt = AtOnce;

    /// <summary>How much time has passed.</summary>
    public TimeSpan Now => time.GetElapsedTime(origin);

    /// <summary>Whether to tend now.</summary>
    public bool IsTimeToTend => Now is var now && tendAt <= now && (claimAt >= now + Gap || tendAt <= now - LongestDelay);

    /// <summary>How long there is nothing to do: whole milliseconds, upwards, because waking early finds nothing due.</summary>
    public TimeSpan Rest
    {
        get
        {
            var now = Now;
            var waitsForGap = tendAt <= now && tendAt > now - LongestDelay && claimAt < now + Gap;
            var next = claimAt < tendAt || waitsForGap ? claimAt : tendAt;
            return next <= now ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling((next - now).TotalMilliseconds));
        }
    }

    /// <summary>Notes a claim.</summary>
    /// <param name="began">When it began, by <see cref="Now"/>.</param>
    /// <param name="count">How many schedules it moved.</param>
    /// <param name="isMore">Whether more may be due now.</param>
    /// <param name="wait">The time until the next schedule is due; null when none is in sight.</param>
    public void Claimed(TimeSpan began, int count, bool isMore, TimeSpan? wait)
    {
        var due = Now + (wait is { } known && known < options.LongestSleep ? known : options.LongestSleep);
        claimAt = isMore ? AtOnce : count == 0 || due > began + ClaimPause ? due : began + ClaimPause;
    }

    /// <summary>Notes that what is written was tended.</summary>
    /// <param name="isMore">Whether there may be more to tend now.</param>
    /// <param name="next">The time until the next tick is to be looked at; null when none is.</param>
    public void Tended(bool isMore, TimeSpan? next)
    {
        var wait = next is { } known && known < options.HandOver ? known : options.HandOver;
        tendAt = isMore ? AtOnce : Now + (wait > TendPause || options.HandOver < TendPause ? wait : TendPause);
    }

    /// <summary>Notes a failure: everything is to be done at once.</summary>
    public void Failed() => claimAt = tendAt = AtOnce;
}
