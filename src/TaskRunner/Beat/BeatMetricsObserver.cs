using TaskRunner.Observability;

namespace TaskRunner.Beat;

/// <summary>Turns what beat does into metrics and a sign of life.</summary>
internal sealed class BeatMetricsObserver : IBeatObserver
{
    private readonly TaskRunnerMetrics metrics;
    private readonly LoopProgress loop;
    private volatile bool hasTurned;
    private long enabled;
    private long paused;

    public BeatMetricsObserver(TaskRunnerMetrics metrics, LoopProgress loop)
    {
        this.metrics = metrics;
        this.loop = loop;
        metrics.BeatSchedules = () => new Dictionary<string, long>(StringComparer.Ordinal) { ["enabled"] = Volatile.Read(ref enabled), ["paused"] = Volatile.Read(ref paused) };
    }

    /// <summary>Whether the loop came round at least once.</summary>
    public bool HasTurned => hasTurned;

    public void LoopTurned()
    {
        loop.Turned();
        hasTurned = true;
    }

    public void Ticked(string schedule, TickOutcome outcome, TimeSpan lag) => metrics.Ticked(schedule, Translate(outcome), lag);

    public void SchedulesCounted(int enabled, int paused)
    {
        Volatile.Write(ref this.enabled, enabled);
        Volatile.Write(ref this.paused, paused);
    }

    private static BeatTickOutcome Translate(TickOutcome outcome) => outcome switch
    {
        TickOutcome.Enqueued => BeatTickOutcome.Enqueued,
        TickOutcome.Duplicate => BeatTickOutcome.Duplicate,
        TickOutcome.Skipped => BeatTickOutcome.Skipped,
        _ => BeatTickOutcome.Failed,
    };
}
