namespace TaskRunner.Tests.Support;

/// <summary>The machine's time, which can jump forward as it does for a process that stood still. Timers do not notice.</summary>
internal sealed class JumpingTime : TimeProvider
{
    private long jumped;

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref jumped);

    public void Jump(TimeSpan by) => Interlocked.Add(ref jumped, (long)(by.TotalSeconds * TimestampFrequency));
}
