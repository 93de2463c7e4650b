using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using TaskRunner.Beat;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Beat.Oracle;

/// <summary>Compares with croniter, in UTC; docs/schedules.md lists where the two differ on purpose.</summary>
public sealed partial class CroniterTests(ITestOutputHelper output)
{
    private const int Expressions = 10_000;

    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Ten_thousand_random_expressions_run_when_croniter_says()
    {
        var random = new Random(20261124);
        var cases = Enumerable.Range(0, Expressions).Select(_ => Case.Draw(random)).ToList();

        var answers = await PythonOracle.RunAsync("croniter_runs.py", cases.Select(one => one.Line));

        answers.Should().HaveCount(Expressions);
        var differences = cases.Zip(answers).Where(pair => Runs(pair.First) != Runs(pair.Second)).ToList();
        var unexplained = differences.Where(pair => !IsOnPurpose(pair.First, pair.Second)).Select(pair => $"{pair.First.Line}: croniter {pair.Second}, here {Runs(pair.First)}").ToList();
        output.WriteLine($"{Expressions} expressions, {differences.Count} differ, {unexplained.Count} of them not on purpose.");
        unexplained.Should().BeEmpty();
        differences.Should().NotBeEmpty("the list of differences in docs/schedules.md would be wrong");
    }

    // The same list stands in docs/schedules.md.
    private static bool IsOnPurpose(Case one, string croniter)
    {
        var fields = one.Expression.Split(' ');
        var (day, weekday) = (fields[2], fields[4]);
        var eitherDay = one.Days == DayMatch.Or && day != "*" && weekday != "*";

        // 1. Either day, and a field has a star among other things, or lists every day: classic cron looks at its first character alone.
        return (eitherDay && (day.Contains('*', StringComparison.Ordinal) || weekday.Contains('*', StringComparison.Ordinal) || HasEveryDay(weekday)))

            // 2. Either day, and the day of week is one of the month: croniter wants both all the same.
            || (eitherDay && (weekday.Contains('#', StringComparison.Ordinal) || weekday.EndsWith('L')))

            // 3. A step from a value on, in the day of week: croniter goes on to 7, which is Sunday.
            || StepFromValue().IsMatch(weekday)

            // 4. 31 is among the days: from a day of February croniter 1.3 does not find the first of March.
            || (HasLastDay(day) && Runs(one).Split(' ').Except(croniter.Split(' ')).Any(run => run.Contains("-03-01T", StringComparison.Ordinal)));
    }

    private static bool HasEveryDay(string weekday) =>
        Enumerable.Range(0, 7).All(offset => CronExpression.Parse($"0 0 * * {weekday}").Next(Epoch.AddDays(offset).AddTicks(-1), TimeZoneInfo.Utc) == Epoch.AddDays(offset));

    private static bool HasLastDay(string day) =>
        CronExpression.Parse($"0 0 {day} * *").Next(new DateTimeOffset(2029, 1, 30, 12, 0, 0, TimeSpan.Zero), TimeZoneInfo.Utc)!.Value.Day == 31;

    [GeneratedRegex(@"(^|,)[^*,]+/\d+")]
    private static partial Regex StepFromValue();

    // Both say no when the date never comes.
    private static string Runs(string answer) => answer.StartsWith("CroniterBadDateError", StringComparison.Ordinal) ? "never" : answer;

    private static string Runs(Case one)
    {
        try
        {
            var cron = CronExpression.Parse(one.Expression, one.Days);
            var runs = new List<string>();
            for (var next = cron.Next(one.Start, TimeZoneInfo.Utc); next is { } run && runs.Count < 3; next = cron.Next(run, TimeZoneInfo.Utc))
            {
                runs.Add(run.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
            }

            return string.Join(' ', runs);
        }
        catch (FormatException e) when (e.Message.Contains("no date matches", StringComparison.Ordinal))
        {
            return "never";
        }
    }

    private sealed partial record Case(string Expression, DayMatch Days, DateTimeOffset Start)
    {
        // croniter writes the last Friday of the month L5.
        public string Line => string.Create(
            CultureInfo.InvariantCulture, $"{LastWeekday().Replace(Expression, "L$1")}|{(Days == DayMatch.Or ? "or" : "and")}|{Start.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss}");

        public static Case Draw(Random random) => new(RandomCron.Draw(random), (DayMatch)random.Next(2), new DateTimeOffset(Epoch.AddSeconds(random.Next(40 * 365 * 86_400))));

        [GeneratedRegex(@"(?<=\s)(\d)L$")]
        private static partial Regex LastWeekday();
    }
}
