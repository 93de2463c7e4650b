using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Support;

/// <summary>A part of what there is to try, another one each day; all of it in the long run.</summary>
internal static class DailySample
{
    // Days since 1970, as tools/test-all counts them.
    private static readonly int Day =
        int.TryParse(Environment.GetEnvironmentVariable("TASKRUNNER_TEST_DAY"), CultureInfo.InvariantCulture, out var day)
            ? day : (int)(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 86_400);

    private static readonly string[] Long = (Environment.GetEnvironmentVariable("TASKRUNNER_TEST_LONG") ?? "").Split(',');

    /// <summary>Takes some of them, in a fixed random order: each day the ones after those of the day before.</summary>
    /// <param name="all">What there is to try.</param>
    /// <param name="count">How many of them.</param>
    /// <param name="name">The word in <c>TASKRUNNER_TEST_LONG</c> that asks for all of them.</param>
    /// <param name="log">Told how to draw the same again; null for a theory, whose cases have names.</param>
    [SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "It shuffles test cases.")]
    public static T[] Of<T>(IReadOnlyList<T> all, int count, string name, ITestOutputHelper? log = null)
    {
        if (Long.Contains(name, StringComparer.Ordinal))
        {
            return [.. all];
        }

        log?.WriteLine($"{count} of {all.Count}: TASKRUNNER_TEST_DAY={Day} draws the same, TASKRUNNER_TEST_LONG={name} tries all");
        var shuffled = all.ToArray();
        new Random(1).Shuffle(shuffled);
        var first = (int)(Math.Abs((long)Day) * count % Math.Max(1, shuffled.Length));
        return [.. Enumerable.Range(first, Math.Min(count, shuffled.Length)).Select(n => shuffled[n % shuffled.Length])];
    }
}
