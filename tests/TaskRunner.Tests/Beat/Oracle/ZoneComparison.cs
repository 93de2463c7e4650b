using System.Globalization;
using TaskRunner.Beat;

namespace TaskRunner.Tests.Beat.Oracle;

/// <summary>Compares the program with the oracle: one expression in many zones.</summary>
internal sealed class ZoneComparison(int seed)
{
    // Around each change, walk through every run of four days.
    private const int Around = 2 * 1440;

    private const int RandomStarts = 12;

    private long compared;

    public long Compared => Interlocked.Read(ref compared);

    /// <summary>Compares one random expression in all given zones.</summary>
    /// <returns>The first difference as a sentence; null when there is none.</returns>
    public string? Run(int number, IReadOnlyList<(ZoneHistory History, TimeZoneInfo Zone)> zones)
    {
        var random = new Random(seed + number);
        var fields = RandomFields.Draw(random, number % 2 == 0);
        var (days, gap, repeat) = ((DayMatch)random.Next(2), (GapRule)random.Next(2), (RepeatRule)random.Next(3));
        CronExpression cron;
        try
        {
            cron = CronExpression.Parse(fields.Text, days);
        }
        catch (FormatException) when (ZoneOracle.Walls(fields, days).NextFrom(0) == int.MaxValue)
        {
            return null;
        }

        var walls = ZoneOracle.Walls(fields, days);
        foreach (var (history, zone) in zones)
        {
            var runs = ZoneOracle.Runs(walls, fields.IsInterval, history, gap, repeat);
            var stretches = history.Spans.Skip(1).Select(span => (From: span.From - Around, To: span.From + Around))
                .Concat(Enumerable.Range(0, RandomStarts).Select(_ => random.Next(ZoneHistory.Minutes)).Select(minute => (From: minute, To: minute + 1)));
            foreach (var (from, to) in stretches)
            {
                if (Walk(cron, zone, runs, Math.Max(1, from), to, gap, repeat) is { } difference)
                {
                    return $"'{fields.Text}' {days} {gap} {repeat} in {history.Names}: {difference}";
                }
            }
        }

        return null;
    }

    // From one minute before a stretch on, each next run is the oracle's, until one is past the stretch.
    private string? Walk(CronExpression cron, TimeZoneInfo zone, MinuteSet runs, int from, int to, GapRule gap, RepeatRule repeat)
    {
        for (var minute = from - 1; minute < to;)
        {
            var expected = runs.NextFrom(minute + 1);
            var actual = cron.Next(ZoneHistory.First.AddMinutes(minute), zone, gap, repeat);
            Interlocked.Increment(ref compared);
            if (expected >= ZoneHistory.Minutes - Around)
            {
                // The oracle knows nothing of what comes after its ten years.
                return actual < ZoneHistory.First.AddMinutes(ZoneHistory.Minutes - Around) ? $"after {At(minute)} it runs at {actual:u}, and should not within the ten years" : null;
            }

            if (actual != ZoneHistory.First.AddMinutes(expected))
            {
                return $"after {At(minute)} it runs at {actual:u} and not at {At(expected)}";
            }

            minute = expected;
        }

        return null;
    }

    private static string At(int minute) => ZoneHistory.First.AddMinutes(minute).ToString("u", CultureInfo.InvariantCulture);
}
