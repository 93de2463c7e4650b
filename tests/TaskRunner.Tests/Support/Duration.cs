using System.Diagnostics;

namespace TaskRunner.Tests.Support;

/// <summary>
/// Durations that are longer on a busy machine: each is measured again until it is short enough, so only what is always slow fails.
/// </summary>
public static class Duration
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    /// <param name="most">What the shortest must be below.</param>
    /// <param name="measureAsync">Does it once and returns how long it took.</param>
    public static Task UntilLessAsync(TimeSpan most, Func<Task<TimeSpan>> measureAsync) =>
        Eventually.ReturnsAsync(measureAsync, took => took < most, Within, $"a duration below {most.TotalSeconds} s");

    /// <summary>The same for what is measured from its start to its end.</summary>
    public static Task UntilLessAsync(TimeSpan most, Func<Task> runAsync) => UntilLessAsync(
        most,
        async () =>
        {
            var watch = Stopwatch.StartNew();
            await runAsync();
            return watch.Elapsed;
        });

    /// <inheritdoc cref="UntilLessAsync(TimeSpan, Func{Task})"/>
    public static Task UntilLessAsync(TimeSpan most, Action run) => UntilLessAsync(
        most,
        () =>
        {
            run();
            return Task.CompletedTask;
        });
}
