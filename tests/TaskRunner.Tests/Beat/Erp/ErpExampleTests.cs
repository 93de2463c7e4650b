using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace TaskRunner.Tests.Beat.Erp;

/// <summary>The example carries what the system it comes from did: the same names, times, queues and priorities.</summary>
public sealed partial class ErpExampleTests
{
    private static readonly DateTimeOffset First = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset Last = First.AddYears(1).AddMinutes(-1);

    private static readonly ErpExample Example = ErpExample.Read();

    public static TheoryData<string, string, string, int> Tasks
    {
        get
        {
            var data = new TheoryData<string, string, string, int>();
            foreach (var line in ErpExample.Facts("periodic-tasks.txt"))
            {
                data.Add(line[0], line[1], line[2], int.Parse(line[3], CultureInfo.InvariantCulture));
            }

            return data;
        }
    }

    [Fact]
    public void Nothing_is_missing_and_nothing_is_added()
    {
        Tasks.Should().HaveCount(20);
        Example.Schedules.Select(schedule => schedule.Description).Should().BeEquivalentTo(ErpExample.Facts("periodic-tasks.txt").Select(line => line[1]));
        Example.Schedules.Should().OnlyContain(schedule => schedule.Task == "http.request");
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Task_runs_on_its_queue_with_its_priority_at_its_times_over_a_year(string queue, string description, string when, int priority)
    {
        var schedule = Example.Schedules.Single(schedule => schedule.Description == description);

        schedule.Name.Should().Be(NoLetters().Replace(description.ToLowerInvariant(), "-"));
        schedule.Queue.Should().Be(queue);
        schedule.Priority.Should().Be(Math.Min(priority, 9));
        var spec = ScheduleSpec.Read(schedule.Timing);
        var runs = new List<DateTimeOffset>();
        for (var next = spec.Next(First.AddTicks(-1)); next <= Last; next = spec.Next(next.Value))
        {
            runs.Add(next.Value);
        }

        var expected = Minutes().Where(minute => IsMeant(when, minute)).ToList();
        expected.Should().HaveCountGreaterThan(11);
        runs.SequenceEqual(expected).Should().BeTrue("'{0}' means these {1} minutes", when, expected.Count);
    }

    [Fact]
    public void Routes_are_those_that_the_system_had()
    {
        var expected = ErpExample.Facts("routes.txt").Select(line => (line[0], line[1], (int?)Math.Min(int.Parse(line[2], CultureInfo.InvariantCulture), 9)));

        Example.Routes.All.Select(route => (route.Pattern, route.Queue, route.Priority)).Should().Equal(expected);
        Example.Routes.Resolve("apps.backups.tasks.full", null, null).Should().Be(("backups", 9));
    }

    private static IEnumerable<DateTimeOffset> Minutes() => Enumerable.Range(0, (int)(Last - First).TotalMinutes + 1).Select(minute => First.AddMinutes(minute));

    // Reads the words of the table, not a cron expression.
    private static bool IsMeant(string when, DateTimeOffset minute)
    {
        if (EveryMinutes().Match(when) is { Success: true } every)
        {
            return minute.Minute % (every.Groups[1].Success ? int.Parse(every.Groups[1].Value, CultureInfo.InvariantCulture) : 1) == 0;
        }

        if (when == "Every hour")
        {
            return minute.Minute == 0;
        }

        var fixedTime = FixedTime().Match(when);
        fixedTime.Success.Should().BeTrue("the words '{0}' are understood", when);
        var day = fixedTime.Groups["day"].Value;
        return minute.ToString("h:mm tt", CultureInfo.InvariantCulture) == fixedTime.Groups["time"].Value
            && day switch
            {
                "" => true,
                "1st of month" => minute.Day == 1,
                _ => minute.DayOfWeek.ToString() == day,
            };
    }

    [GeneratedRegex("^Every (?:([0-9]+) )?minutes?$")]
    private static partial Regex EveryMinutes();

    [GeneratedRegex("^(?<day>1st of month|Sunday|Monday)? ?(?<time>[0-9]+:[0-9]{2} AM)(?: daily)?$")]
    private static partial Regex FixedTime();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NoLetters();
}
