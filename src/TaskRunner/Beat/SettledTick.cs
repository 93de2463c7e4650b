namespace TaskRunner.Beat;

/// <summary>A tick and what the broker made of it.</summary>
/// <param name="Tick">The tick.</param>
/// <param name="Outcome">What became of it; null when the broker had its task before and still knows it.</param>
/// <param name="Reason">Why it was skipped or refused.</param>
internal sealed record SettledTick(Tick Tick, TickOutcome? Outcome, string? Reason = null)
{
    /// <summary>Where it stands now, one of <see cref="TickState"/>.</summary>
    public string State => Outcome switch
    {
        null => Tick.State,
        TickOutcome.Skipped => TickState.Skipped,
        TickOutcome.Buffered => TickState.Buffered,
        TickOutcome.Refused => TickState.Refused,
        _ => TickState.Sent,
    };
}
