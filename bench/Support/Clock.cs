using System.Diagnostics;

namespace TaskRunner.Bench.Support;

/// <summary>Waits and times, bounded.</summary>
internal static class Clock
{
    private static readonly long Start = Stopwatch.GetTimestamp();

    /// <summary>Seconds since the benchmark started.</summary>
    public static double Now => Stopwatch.GetElapsedTime(Start).TotalSeconds;

    /// <summary>Microseconds since the Unix epoch: the one clock that all processes of the machine share.</summary>
    public static long Microseconds => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static Task PauseAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);

    /// <exception cref="TimeoutException">The condition did not come true.</exception>
    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan longest, string what)
    {
        var end = Now + longest.TotalSeconds;
        while (!await condition())
        {
            if (Now > end)
            {
                throw new TimeoutException($"Waited {longest.TotalSeconds:0} s for: {what}.");
            }

            await PauseAsync(0.002);
        }
    }
}
