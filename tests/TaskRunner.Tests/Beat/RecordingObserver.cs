using System.Collections.Concurrent;
using TaskRunner.Beat;

namespace TaskRunner.Tests.Beat;

internal sealed class RecordingObserver : IBeatObserver
{
    private int turns;

    public ConcurrentQueue<(string Schedule, TickOutcome Outcome, TimeSpan Lag)> Ticks { get; } = new();

    public (int Enabled, int Paused) Counted { get; private set; }

    public int Turns => turns;

    public void LoopTurned() => Interlocked.Increment(ref turns);

    public void Ticked(string schedule, TickOutcome outcome, TimeSpan lag) => Ticks.Enqueue((schedule, outcome, lag));

    public void SchedulesCounted(int enabled, int paused) => Counted = (enabled, paused);
}
