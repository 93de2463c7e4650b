using System.Collections.Concurrent;
using System.Globalization;
using FluentAssertions;
using TaskRunner.Beat;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Beat.Oracle;

/// <summary>All zones of the tz database, every change of ten years, random expressions, each rule.</summary>
public sealed class ZoneOracleTests(ITestOutputHelper output)
{
    // `make cron-oracle` asks for 1,000.
    private static readonly int Expressions = int.Parse(Environment.GetEnvironmentVariable("CRON_ORACLE_EXPRESSIONS") ?? "8", CultureInfo.InvariantCulture);

    [Fact]
    public void Random_expressions_run_at_the_minutes_that_match_in_every_zone()
    {
        var zones = ZoneHistory.All().Select(history => (history, ScheduleSpec.FindZone(history.Name))).ToList();
        var comparison = new ZoneComparison(20261124);
        var differences = new ConcurrentQueue<string>();

        Parallel.For(0, Expressions, number =>
        {
            if (comparison.Run(number, zones) is { } difference)
            {
                differences.Enqueue(difference);
            }
        });

        output.WriteLine(
            $"{Expressions} expressions in {zones.Sum(zone => zone.history.Names.Split(' ').Length)} zones with {zones.Count} histories and {zones.Sum(zone => zone.history.Spans.Count - 1)} changes: {comparison.Compared} runs compared, {differences.Count} expressions differ.");
        differences.Should().BeEmpty();
    }

    [Fact]
    public void Framework_and_files_agree_on_every_offset()
    {
        foreach (var history in ZoneHistory.All())
        {
            foreach (var name in history.Names.Split(' '))
            {
                var zone = ScheduleSpec.FindZone(name);
                foreach (var (from, offset) in history.Spans)
                {
                    zone.GetUtcOffset(ZoneHistory.First.AddMinutes(from).UtcDateTime).TotalMinutes.Should().Be(offset, "{0} changes at minute {1}", name, from);
                    (from == 0 || zone.GetUtcOffset(ZoneHistory.First.AddMinutes(from - 1).UtcDateTime).TotalMinutes != offset).Should().BeTrue();
                }
            }
        }
    }
}
