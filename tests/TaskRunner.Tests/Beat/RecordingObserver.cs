using System.Collections.Concurrent;
using TaskRunner.Beat;

namespace TaskRunner.Tests.Beat;

internal sealed class RecordingObserver : IBeatObserver
{
    private int turns;

    public ConcurrentQueue<(string Schedule, TickOutcome Outcome, TimeSpan Lag)> Ticks { get; } = new();

    public ConcurrentQueue<(string Schedule, CatchUp Policy, int Run, int Dropped)> Catches { get; } = new();

    public ScheduleCounts? Counted { get; private set; }

    public TimeSpan? RelayLag { get; private set; }

    public ConcurrentQueue<TimeSpan> Jumps { get; } = new();

    public int Turns => turns;

    /// <summary>What a listener does at each event, after it was noted.</summary>
    public Action? Misbehave { get; set; }

    public void LoopTurned()
    {
        Interlocked.Increment(ref turns);
        Misbehave?.Invoke();
    }

    public void Ticked(string schedule, TickOutcome outcome, TimeSpan lag)
    {
        Ticks.Enqueue((schedule, outcome, lag));
        Misbehave?.Invoke();
    }

    public void CaughtUp(string schedule, CatchUp policy, int run, int dropped)
    {
        Catches.Enqueue((schedule, policy, run, dropped));
        Misbehave?.Invoke();
    }

    public void ClockJumped(TimeSpan by)
    {
        Jumps.Enqueue(by);
        Misbehave?.Invoke();
    }

    public void RelayLagged(TimeSpan lag)
    {
        RelayLag = lag;
        Misbehave?.Invoke();
    }

    public void SchedulesCounted(ScheduleCounts counts)
    {
        Counted = counts;
        Misbehave?.Invoke();
    }
}
