namespace TaskRunner.Beat;

/// <summary>A row of <c>ticks</c> as a claim writes it.</summary>
internal sealed record PlannedTick(Guid Schedule, DateTimeOffset Nominal, Guid? Id, string State, string? Reason, int MissedCount, DateTimeOffset? MissedSince, string? Queue)
{
    public static IEnumerable<PlannedTick> Of(TickPlan plan) =>
    [
        .. plan.Skipped.Select(tick => Row(plan, tick.Nominal, TickState.Skipped, tick.Reason)),
        .. plan.Ticks.Select(tick => Row(plan, tick, TickState.Pending, null)),
    ];

    private static PlannedTick Row(TickPlan plan, DateTimeOffset nominal, string state, string? reason)
    {
        var tells = nominal == plan.MissedIn;
        return new(
            plan.Schedule.Id,
            nominal,
            state == TickState.Pending ? TickId.Of(plan.Schedule.Id, nominal) : null,
            state,
            reason,
            tells ? plan.MissedCount : 0,
            tells ? plan.MissedSince : null,
            state == TickState.Pending ? plan.Schedule.Queue : null);
    }
}
