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

    public void LoopTurned() => Interlocked.Increment(ref turns);

    public void Ticked(string schedule, TickOutcome outcome, TimeSpan lag) => Ticks.Enqueue((schedule, outcome, lag));

    public void CaughtUp(string schedule, CatchUp policy, int run, int dropped) => Catches.Enqueue((schedule, policy, run, dropped));

    public void ClockJumped(TimeSpan by) => Jumps.Enqueue(by);

    public void RelayLagged(TimeSpan lag) => RelayLag = lag;

    public void SchedulesCounted(ScheduleCounts counts) => Counted = counts;
}
