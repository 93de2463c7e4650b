using TaskRunner.Observability;

namespace TaskRunner.Beat;

/// <summary>Turns what beat does into metrics and a sign of life.</summary>
internal sealed class BeatMetricsObserver : IBeatObserver
{
    // Each name is some series of the metrics; a table of 100,000 schedules must fill neither this process nor the store of the metrics.
    private const int MostNames = 500;
    private const string OtherName = "(other)";

    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly TaskRunnerMetrics metrics;
    private readonly LoopProgress loop;
    private volatile bool hasTurned;
    private volatile ScheduleCounts counts = new(0, 0, 0, 0);
    private long relayLag;
    private long aheadBefore;

    public BeatMetricsObserver(TaskRunnerMetrics metrics, LoopProgress loop)
    {
        this.metrics = metrics;
        this.loop = loop;
        metrics.BeatRelayLag = () => RelayLag.TotalSeconds;
        metrics.BeatSchedules = () => new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["enabled"] = counts.Enabled,
            ["paused"] = counts.Paused,
            ["ended"] = counts.Ended,
            ["broken"] = counts.Broken,
        };
    }

    /// <summary>Whether the loop came round at least once.</summary>
    public bool HasTurned => hasTurned;

    /// <summary>The age of the oldest tick that is to be enqueued.</summary>
    public TimeSpan RelayLag => TimeSpan.FromTicks(Volatile.Read(ref relayLag));

    public void LoopTurned()
    {
        loop.Turned();
        hasTurned = true;
    }

    public void Ticked(string schedule, TickOutcome outcome, TimeSpan lag) => metrics.Ticked(NameOf(schedule), Translate(outcome), lag);

    public void CaughtUp(string schedule, CatchUp policy, int run, int dropped) =>
        metrics.CaughtUp(NameOf(schedule), ScheduleWords.CatchUps.Of(policy), run, dropped);

    public void RelayLagged(TimeSpan lag) => Volatile.Write(ref relayLag, lag.Ticks);

    public void ClockJumped(TimeSpan by) => metrics.ClockJumped(by);

    // What a jump of the clock left is set right between two counts; what is there at the second one stands still.
    public void SchedulesCounted(ScheduleCounts counts)
    {
        Volatile.Write(ref aheadBefore, this.counts.Ahead);
        this.counts = counts;
    }

    /// <summary>How many schedules stand still for a time that only a wrong clock has seen, and could not be set right.</summary>
    public long StuckAhead => Math.Min(Volatile.Read(ref aheadBefore), counts.Ahead);

    private string NameOf(string schedule) =>
        names.Contains(schedule) || (names.Count < MostNames && names.Add(schedule)) ? schedule : OtherName;

    private static BeatTickOutcome Translate(TickOutcome outcome) => outcome switch
    {
        TickOutcome.Enqueued => BeatTickOutcome.Enqueued,
        TickOutcome.Duplicate => BeatTickOutcome.Duplicate,
        TickOutcome.Skipped => BeatTickOutcome.Skipped,
        TickOutcome.Buffered => BeatTickOutcome.Buffered,
        TickOutcome.Resent => BeatTickOutcome.Resent,
        _ => BeatTickOutcome.Failed,
    };
}
