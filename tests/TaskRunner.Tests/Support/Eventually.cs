using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace TaskRunner.Tests.Support;

/// <summary>Waits for a condition; when it does not come true, the exception says what was awaited, how long, and what was seen last.</summary>
public static class Eventually
{
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    public static Task TrueAsync(
        Func<bool> condition,
        TimeSpan? within = null,
        [CallerArgumentExpression(nameof(condition))] string what = "") =>
        ReturnsAsync(() => Task.FromResult(condition()), value => value, within, what);

    public static Task TrueAsync(
        Func<Task<bool>> condition,
        TimeSpan? within = null,
        [CallerArgumentExpression(nameof(condition))] string what = "") =>
        ReturnsAsync(condition, value => value, within, what);

    /// <summary>Reads until the value is accepted, and returns it.</summary>
    public static async Task<T> ReturnsAsync<T>(
        Func<Task<T>> read,
        Func<T, bool> accept,
        TimeSpan? within = null,
        [CallerArgumentExpression(nameof(accept))] string what = "")
    {
        var limit = within ?? Default;
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var began = Stopwatch.GetTimestamp();
            var value = await read();
            if (accept(value))
            {
                return value;
            }

            if (watch.Elapsed >= limit)
            {
                throw new TimeoutException($"Waited {limit.TotalSeconds:0.#} s for {what}; the last value was {value}");
            }

            await Task.Delay(Rest(Stopwatch.GetElapsedTime(began)), TimeProvider.System);
        }
    }

    // A slow question is asked less often, so that waiting takes at most a fifth of a processor.
    private static TimeSpan Rest(TimeSpan took) => TimeSpan.FromTicks(Math.Clamp(took.Ticks * 4, Shortest.Ticks, Longest.Ticks));
}
