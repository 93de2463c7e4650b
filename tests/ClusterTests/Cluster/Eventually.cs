using System.Collections;
using System.Diagnostics;
using System.Text.Json;

namespace ClusterTests.Cluster;

/// <summary>Waits for conditions by looking again and again.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Looks until the condition is met, and returns what was seen then. The pause between two looks grows with the time waited, from 0.2 s
    /// to 1 s: looking costs processor time that the cluster needs.
    /// </summary>
    /// <param name="awaited">What is waited for, as a sentence without its end.</param>
    /// <param name="within">Longest time to wait.</param>
    /// <param name="look">Reads the state. A program that fails counts as a state which is not there yet.</param>
    /// <param name="met">The condition.</param>
    /// <exception cref="EventuallyException">It was not met in time: tells what was awaited, how long, and what was seen last.</exception>
    public static async Task<T> UntilAsync<T>(string awaited, TimeSpan within, Func<Task<T>> look, Func<T, bool> met)
    {
        var clock = Stopwatch.StartNew();
        string last;
        Exception? failure;
        do
        {
            try
            {
                var seen = await look();
                if (met(seen))
                {
                    return seen;
                }

                (last, failure) = (Describe(seen), null);
            }
            catch (Exception e) when (e is CliException or JsonException or HttpRequestException)
            {
                (last, failure) = (e.Message, e);
            }

            await Task.Delay(PauseAfter(clock.Elapsed), TimeProvider.System);
        }
        while (clock.Elapsed < within);

        throw new EventuallyException($"Waited {clock.Elapsed.TotalSeconds:0.0} s until {awaited}; seen last: {last}", failure);
    }

    /// <summary>Looks again and again, and fails as soon as the condition is not met.</summary>
    /// <param name="condition">What must hold, as a sentence without its end.</param>
    /// <param name="lasting">How long it must hold.</param>
    /// <param name="look">Reads the state.</param>
    /// <param name="met">The condition.</param>
    /// <exception cref="EventuallyException">It did not hold: tells what, after how long, and what was seen.</exception>
    public static Task HoldsAsync<T>(string condition, TimeSpan lasting, Func<Task<T>> look, Func<T, bool> met) =>
        HoldsAsync(condition, Task.Delay(lasting, TimeProvider.System), look, met);

    /// <summary>The same until something else is done, however that ends.</summary>
    public static async Task HoldsAsync<T>(string condition, Task until, Func<Task<T>> look, Func<T, bool> met)
    {
        var clock = Stopwatch.StartNew();
        do
        {
            var seen = await look();
            if (!met(seen))
            {
                throw new EventuallyException($"It held for {clock.Elapsed.TotalSeconds:0.0} s only that {condition}; seen: {Describe(seen)}");
            }

            await Task.WhenAny(until, Task.Delay(Pause, TimeProvider.System));
        }
        while (!until.IsCompleted);
    }

    private static TimeSpan PauseAfter(TimeSpan waited) =>
        TimeSpan.FromTicks(Math.Clamp(waited.Ticks / 5, ShortestPause.Ticks, LongestPause.Ticks));

    private static string Describe<T>(T seen) => seen switch
    {
        null => "nothing",
        string text => text.Length == 0 ? "nothing" : text,
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>())}]",
        _ => seen.ToString() ?? "nothing",
    };
}
