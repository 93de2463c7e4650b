using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Support;

/// <summary>A part of what there is to try, another one each day; all of it in the long run.</summary>
internal static class DailySample
{
    private static readonly int Day =
        int.TryParse(Environment.GetEnvironmentVariable("TASKRUNNER_TEST_DAY"), CultureInfo.InvariantCulture, out var day)
            ? day : DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).DayNumber;

    private static readonly string[] Long = (Environment.GetEnvironmentVariable("TASKRUNNER_TEST_LONG") ?? "").Split(',');

    /// <summary>Some of them, in a random order; the next day the next ones, so that each has had its turn when all days are over.</summary>
    /// <param name="all">What there is to try.</param>
    /// <param name="count">How many of them.</param>
    /// <param name="name">The word in <c>TASKRUNNER_TEST_LONG</c> that asks for all of them.</param>
    /// <param name="log">Told how to draw the same again; the names of a theory's cases say it without one.</param>
    [SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "The same seed is to draw the same sample.")]
    public static T[] Of<T>(IReadOnlyList<T> all, int count, string name, ITestOutputHelper? log = null)
    {
        if (Long.Contains(name, StringComparer.Ordinal))
        {
            return [.. all];
        }

        log?.WriteLine($"{count} of {all.Count}: TASKRUNNER_TEST_DAY={Day} draws the same, TASKRUNNER_TEST_LONG={name} tries all");
        var shuffled = all.ToArray();
        new Random(name.Length).Shuffle(shuffled);
        var first = (int)((long)Math.Abs((long)Day) * count % Math.Max(1, shuffled.Length));
        return [.. Enumerable.Range(first, Math.Min(count, shuffled.Length)).Select(n => shuffled[n % shuffled.Length])];
    }
}
