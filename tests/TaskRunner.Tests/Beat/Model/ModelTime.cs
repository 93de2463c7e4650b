using TaskRunner.Tests.Support;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>
/// The true time, which the hosts of beats and the broker go by, and PostgreSQL's clock, which may be wrong. Each sequence begins at the same instant, a few seconds
/// past a full minute, and time passes by command: of the real time only the moment counts that the commands take.
/// </summary>
internal sealed class ModelTime(PostgresServer server) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2027, 3, 10, 11, 58, 3, TimeSpan.Zero);

    private TimeSpan start;
    private TimeSpan passed;

    /// <summary>By how much PostgreSQL's clock is wrong.</summary>
    public TimeSpan Error { get; private set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + start + passed;

    public override long GetTimestamp() => base.GetTimestamp() + ((long)passed.TotalSeconds * TimestampFrequency);

    /// <summary>Sets all clocks to the beginning of a sequence.</summary>
    public Task ResetAsync()
    {
        start = TimeSpan.FromSeconds(Math.Ceiling((Start - base.GetUtcNow()).TotalSeconds));
        (passed, Error) = (TimeSpan.Zero, TimeSpan.Zero);
        return SetAsync();
    }

    /// <summary>Time passes, for everybody.</summary>
    /// <param name="seconds">How much; whole seconds, as are all steps of these clocks.</param>
    public Task PassAsync(int seconds)
    {
        passed += TimeSpan.FromSeconds(seconds);
        return SetAsync();
    }

    /// <summary>PostgreSQL's clock jumps.</summary>
    public Task JumpAsync(TimeSpan error)
    {
        Error = error;
        return SetAsync();
    }

    private Task SetAsync() => server.SetClockAsync(start + passed + Error);
}
