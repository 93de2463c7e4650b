namespace TaskRunner.Redis;

/// <summary>
/// One timer for many deadlines: it is set for the earliest one, and most have been met when it fires.
/// The owner guards all calls with one lock.
/// </summary>
internal sealed class DeadlineTimer : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private TimeSpan _earliest = TimeSpan.MaxValue;

    /// <param name="time">Clock.</param>
    /// <param name="onDue">Called without the lock when the earliest deadline has come; <see cref="Clear"/> and watch the next one there.</param>
    public DeadlineTimer(TimeProvider time, Action onDue)
    {
        _time = time;
        _timer = time.CreateTimer(static due => ((Action)due!)(), onDue, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Position of the clock, in which deadlines are given.</summary>
    public TimeSpan Now => _time.GetElapsedTime(0);

    public void Watch(TimeSpan deadline)
    {
        if (deadline < _earliest)
        {
            _earliest = deadline;
            var due = deadline - Now;
            _timer.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    public void Clear() => _earliest = TimeSpan.MaxValue;

    public void Dispose() => _timer.Dispose();
}
