using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace ChartTests.Beat;

/// <summary>What beat would refuse to start with is refused when the chart is rendered, as far as a schema can; what beat takes never is.</summary>
public sealed class ScheduleSchemaTests
{
    /// <summary>What only beat can know, by its words.</summary>
    private static readonly string[] LeftToBeat =
    [
        "is not in the time zone database",
        "no date matches",
        "is before start",
        "is not between start and end",
        "in UTC it is not in the years 1 to 9999",

        // The templates do; their message is a sentence.
        "exactly one of cron, every and once is needed",
    ];

    private static readonly (string Schedule, string Reason)[] Mistakes =
    [
        ("cron: '61 * * * *'", "$minute 0-59"),
        ("cron: '*/61 * * * *'", "$minute 0-59"),
        ("cron: '60 0 0 * * *'", "$second 0-59"),
        ("cron: '0 60 0 * * *'", "$minute 0-59"),
        ("cron: '0 24 * * *'", "$hour 0-23"),
        ("cron: '0 9-24 * * *'", "$hour 0-23"),
        ("cron: '0 0 0 * *'", "$day of month 1-31"),
        ("cron: '0 0 32W * *'", "$day of month 1-31"),
        ("cron: '0 0 * 13 *'", "$month 1-12 JAN-DEC"),
        ("cron: '0 0 * JUX *'", "$month 1-12 JAN-DEC"),
        ("cron: '0 0 * * 8'", "$day of week 0-7 SUN-SAT"),
        ("cron: '0 0 * * MOO'", "$day of week 0-7 SUN-SAT"),
        ("cron: '0 0 * * MONDAY'", "$values, ranges and steps"),
        ("cron: '0 0 * * FRI#6'", "$values, ranges and steps"),
        ("cron: '0 0 L-31 * *'", "$values, ranges and steps"),
        ("cron: '5, * * * *'", "$values, ranges and steps"),
        ("cron: '* * * *'", "$5 or 6 fields"),
        ("cron: '* * * * * * *'", "$5 or 6 fields"),
        ("cron: '@reboot'", "$@hourly @daily"),
        ("every: 10ms", "$at least 50ms"),
        ("every: 0s", "$at least 50ms"),
        ("every: 900d", "$at most 366d"),
        ("every: 1h30m", "$as 500ms 30s 5m 1h 1d"),
        ("every: 1m, jitter: 2d", "$at most 1d"),
        ("every: 1m, expires: 0s", "$at least 1ms"),
        ("every: 1m, catchUp: all, catchUpWindow: 900ms", "$at least 1s"),
        ("once: '2030-02-31T09:00'", "$a day that its year has"),
        ("once: '2031-02-29'", "$a day that its year has"),
        ("once: '2030-01-31T24:00'", "$as 2030-01-31T09:00"),
        ("once: '31.1.2030'", "$as 2030-01-31T09:00"),
        ("every: 1m, start: tomorrow", "$as 2030-01-31T09:00"),
        ("every: 1m, end: '2030-01-31T09:00+15:00'", "$as 2030-01-31T09:00"),
        ("cron: '@daily', timezone: europe/vienna", "$as Europe/Berlin"),
        ("cron: '@daily', timezone: 'Europe/New York'", "$as Europe/Berlin"),
        ("cron: '@daily', timezone: '+01:00'", "$as Europe/Berlin"),
        ("every: 1m, timezone: UTC", "cron is required"),
        ("cron: '@daily', anchor: '2030-01-31'", "Has a dependency on every"),
        ("every: 1m, dstGap: skip", "Has a dependency on cron"),
        ("every: 1m, dstOverlap: both", "Has a dependency on cron"),
        ("once: '2030-01-31', dayMatch: or", "Has a dependency on cron"),
        ("every: 1m, catchUpWindow: 1h", "catchUp is required"),
        ("every: 1m, catchUp: skip, catchUpLimit: 5", "catchUp does not match: \"all\""),
    ];

    private static readonly Lazy<IReadOnlyList<string[]>> Refusals = new(() => ScheduleSchema.Refusals(Mistakes.Select(mistake => Entry(mistake.Schedule))));

    public static TheoryData<string, string> Refused
    {
        get
        {
            var data = new TheoryData<string, string>();
            Array.ForEach(Mistakes, mistake => data.Add(mistake.Schedule, mistake.Reason));
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_schedule_that_beat_would_refuse_is_refused_by_name_and_with_the_reason(string schedule, string reason)
    {
        Mistake(Entry(schedule)).Should().NotBeNull();
        Refusals.Value[Array.IndexOf(Mistakes, (schedule, reason))].Should().Contain(line => line.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public void The_schema_refuses_nothing_that_beat_takes_and_takes_little_that_beat_refuses()
    {
        IReadOnlyList<JsonObject> schedules = [.. RunnerSchedules.All(), .. RandomSchedules.All(new Random(11))];
        var judged = schedules.Zip(ScheduleSchema.Refusals(schedules), (schedule, refusal) => (Schedule: schedule.ToJsonString(), Refusal: refusal, Mistake: Mistake(schedule))).ToList();
        var taken = judged.Where(one => one.Refusal.Length == 0).ToList();

        judged.Where(one => one.Refusal.Length > 0 && one.Mistake is null).Should().BeEmpty();
        taken.Where(one => one.Mistake is { } mistake && !LeftToBeat.Any(words => mistake.Contains(words, StringComparison.Ordinal))).Should().BeEmpty();

        LeftToBeat.Should().OnlyContain(words => taken.Any(one => one.Mistake != null && one.Mistake.Contains(words, StringComparison.Ordinal)));
        taken.Count(one => one.Mistake is null).Should().BeGreaterThan(2000);
        judged.Count(one => one.Refusal.Length > 0).Should().BeGreaterThan(2000);
    }

    [Fact]
    public void A_name_that_beat_cannot_take_is_refused()
    {
        var schedules = new JsonObject { ["a\tb"] = Entry("every: 1m"), [new string('x', 201)] = Entry("every: 1m") };
        var refusal = Chart.Refusal(new JsonObject { ["beat"] = new JsonObject { ["schedules"] = schedules } }.ToJsonString());

        refusal.Should().Contain("Property name of \"a\tb\"").And.Contain("Property name of \"xxx");
    }

    [Fact]
    public void A_name_of_two_hundred_printable_characters_is_taken()
    {
        var schedules = new JsonObject { ["täglich um 9 / Berlin: alles"] = Entry("every: 1m"), [new string('x', 200)] = Entry("every: 1m") };
        var manifests = Chart.Render(new JsonObject { ["beat"] = new JsonObject { ["schedules"] = schedules } }.ToJsonString());

        var file = manifests.Single("ConfigMap", component: "beat").At("data")!["schedules.json"]!.ToString();
        ScheduleFile.Parse(file).Select(schedule => schedule.Name).Should().BeEquivalentTo(schedules.Select(pair => pair.Key));
    }

    private static JsonObject Entry(string keys) => Yaml.Parse($"{{ task: t, {keys} }}")!.AsObject();

    /// <summary>What beat says when it starts with the schedule; null when it takes it.</summary>
    private static string? Mistake(JsonObject schedule)
    {
        try
        {
            _ = ScheduleFile.Parse(new JsonObject { ["schedules"] = new JsonObject { ["s"] = schedule.DeepClone() } }.ToJsonString());
            return null;
        }
        catch (ScheduleFileException e)
        {
            return e.Message;
        }
    }
}
