using System.Globalization;
using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>Compares the calendar search with an oracle that looks at every minute of the year.</summary>
public sealed class CronOracleTests
{
    // Of expressions that run more often, a stretch of the year anywhere.
    private const int Most = 10_000;

    [Theory]
    [InlineData("UTC", 2030)]
    [InlineData("Europe/Berlin", 2030)]
    [InlineData("America/New_York", 2030)]
    [InlineData("Australia/Lord_Howe", 2030)]
    [InlineData("America/Sao_Paulo", 2018)]
    [InlineData("Pacific/Apia", 2011)]
    [InlineData("Africa/Casablanca", 2020)]
    [InlineData("Europe/Dublin", 2030)]
    [InlineData("Antarctica/Troll", 2030)]
    [InlineData("Pacific/Chatham", 2030)]
    [InlineData("America/Santiago", 2030)]
    [InlineData("Asia/Kathmandu", 2030)]
    public void Random_expressions_run_at_the_minutes_that_match(string zoneName, int year)
    {
        var zone = ScheduleSpec.FindZone(zoneName);
        var minutes = new YearOfMinutes(zone, year);
        var random = new Random(year + zoneName.Length);

        for (var i = 0; i < 24; i++)
        {
            var fields = RandomFields.Draw(random, i % 2 == 0);
            var matches = minutes.Matches(fields);
            var expected = matches.Skip(random.Next(Math.Max(1, matches.Count - Most))).Take(Most).ToList();

            var actual = Runs(CronExpression.Parse(fields.Text), zone, expected.FirstOrDefault(minutes.First), minutes.Last);

            actual.SequenceEqual(expected).Should().BeTrue(
                "'{0}' in {1} runs at {2}, not at {3}", fields.Text, zoneName, Print(expected.Except(actual)), Print(actual.Except(expected)));
        }
    }

    [Theory]
    [InlineData("Europe/Berlin", 2030)]
    [InlineData("Australia/Lord_Howe", 2030)]
    [InlineData("Pacific/Apia", 2011)]
    public void Next_run_is_the_same_from_every_instant_before_it(string zoneName, int year)
    {
        var zone = ScheduleSpec.FindZone(zoneName);
        var minutes = new YearOfMinutes(zone, year);
        var random = new Random(7);

        for (var i = 0; i < 20; i++)
        {
            var expression = CronExpression.Parse(RandomFields.Draw(random, i % 2 == 0).Text);
            var runs = Runs(expression, zone, minutes.First, minutes.Last);
            for (var draw = 0; draw < 50 && runs.Count > 1; draw++)
            {
                var index = random.Next(1, runs.Count);
                var gap = runs[index] - runs[index - 1];
                var after = runs[index - 1] + (gap * random.NextDouble());

                expression.Next(after, zone).Should().Be(runs[index], "'{0}' is asked at {1:O}", expression, after);
            }
        }
    }

    private static List<DateTimeOffset> Runs(CronExpression expression, TimeZoneInfo zone, DateTimeOffset first, DateTimeOffset last)
    {
        var runs = new List<DateTimeOffset>();
        for (var next = expression.Next(first.AddTicks(-1), zone); next is { } run && run <= last && runs.Count < Most; next = expression.Next(run, zone))
        {
            runs.Add(run);
        }

        return runs;
    }

    private static string Print(IEnumerable<DateTimeOffset> times) =>
        string.Join(", ", times.Take(3).Select(time => time.ToString("u", CultureInfo.InvariantCulture)));
}
