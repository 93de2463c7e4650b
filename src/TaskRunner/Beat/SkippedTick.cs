namespace TaskRunner.Beat;

/// <summary>A tick that never becomes a task.</summary>
/// <param name="Nominal">The instant that the schedule names.</param>
/// <param name="Reason">Why; one of <see cref="TickReason"/>.</param>
internal sealed record SkippedTick(DateTimeOffset Nominal, string Reason);
