namespace TaskRunner.Beat;

/// <summary>Passes on what beat does. Listeners to metrics are code of the application: what they throw costs a measurement, and no tick.</summary>
internal sealed class HarmlessObserver(IBeatObserver inner) : IBeatObserver
{
    public void LoopTurned() => Tell(inner.LoopTurned);

    public void Ticked(string schedule, TickOutcome outcome, TimeSpan lag) => Tell(() => inner.Ticked(schedule, outcome, lag));

    public void CaughtUp(string schedule, CatchUp policy, int run, int dropped) => Tell(() => inner.CaughtUp(schedule, policy, run, dropped));

    public void RelayLagged(TimeSpan lag) => Tell(() => inner.RelayLagged(lag));

    public void SchedulesCounted(ScheduleCounts counts) => Tell(() => inner.SchedulesCounted(counts));

    public void ClockJumped(TimeSpan by) => Tell(() => inner.ClockJumped(by));

    private static void Tell(Action tell)
    {
        try
        {
            tell();
        }
#pragma warning disable CA1031 // As the summary says.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The measurement is lost.
        }
    }
}
