namespace TaskRunner.Beat;

/// <summary>The key of a row of <c>ticks</c>.</summary>
/// <param name="Schedule">Id of its schedule.</param>
/// <param name="Nominal">Its nominal time, as <see cref="PgInstant"/> has it.</param>
internal readonly record struct TickKey(Guid Schedule, long Nominal);
