using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class ScheduleFileTests
{
    [Fact]
    public void Entry_with_all_keys_of_a_cron_schedule_is_read()
    {
        var declarations = ScheduleFile.Parse("""
            {"schedules": {"fetch-gold-rates": {"cron": "*/5 * * * *", "timezone": "Europe/Berlin", "start": "2030-01-01", "end": "2030-12-31T23:59", "jitter": "90s",
                           "dstGap": "skip", "dstOverlap": "both", "dayMatch": "or", "task": "pricing.fetch_gold_rates", "queue": "pricing",
                           "priority": 8, "arguments": {"metal": "gold"}, "enabled": false, "catchUp": "all", "catchUpWindow": "2h", "catchUpLimit": 3,
                           "overlap": "buffer", "expires": "1h", "description": "Gold for the shops"}}}
            """);

        declarations.Should().Equal(new ScheduleDeclaration
        {
            Name = "fetch-gold-rates",
            Timing = new()
            {
                Cron = "*/5 * * * *",
                Timezone = "Europe/Berlin",
                Start = new(2029, 12, 31, 23, 0, 0, TimeSpan.Zero),
                End = new(2030, 12, 31, 22, 59, 0, TimeSpan.Zero),
                Jitter = TimeSpan.FromSeconds(90),
                Gap = GapRule.Skip,
                Repeat = RepeatRule.Both,
                Days = DayMatch.Or,
            },
            Task = "pricing.fetch_gold_rates",
            Queue = "pricing",
            Priority = 8,
            Arguments = """{"metal": "gold"}""",
            Enabled = false,
            CatchUp = CatchUp.All,
            CatchUpWindow = TimeSpan.FromHours(2),
            CatchUpLimit = 3,
            Overlap = OverlapPolicy.Buffer,
            Expires = TimeSpan.FromHours(1),
            Description = "Gold for the shops",
        });
    }

    [Fact]
    public void Interval_with_an_anchor_and_a_single_time_are_read()
    {
        var declarations = ScheduleFile.Parse("""
            {"schedules": {"a": {"every": "15m", "anchor": "2030-01-01T00:07:00Z", "task": "t"},
                           "b": {"once": "2030-07-01 09:00", "timezone": "America/New_York", "task": "t"}}}
            """);

        declarations[0].Timing.Should().Be(new ScheduleTiming { Every = TimeSpan.FromMinutes(15), Anchor = new(2030, 1, 1, 0, 7, 0, TimeSpan.Zero) });
        declarations[1].Timing.Should().Be(new ScheduleTiming { Once = new(2030, 7, 1, 13, 0, 0, TimeSpan.Zero), Timezone = "America/New_York" });
    }

    [Fact]
    public void Entry_with_the_least_keys_takes_the_defaults()
    {
        var declarations = ScheduleFile.Parse("""{"schedules": {"tick": {"every": "30s", "task": "debug.echo"}}}""");

        declarations.Should().Equal(new ScheduleDeclaration
        {
            Name = "tick",
            Timing = new() { Every = TimeSpan.FromSeconds(30), Timezone = "UTC" },
            Task = "debug.echo",
            Queue = null,
            Priority = null,
            Arguments = "{}",
            Enabled = null,
            CatchUp = CatchUp.Latest,
        });
    }

    [Fact]
    public void Written_schedule_is_read_back_as_it_was()
    {
        var declarations = ScheduleFile.Parse("""
            {"schedules": {"a": {"cron": "30 2 * * MON#1", "timezone": "Europe/Berlin", "start": "2030-01-01", "end": "2031-01-01", "jitter": "1m", "dstGap": "skip",
                                 "dstOverlap": "last", "dayMatch": "or", "task": "t", "queue": "q", "priority": 0, "arguments": {"a":[1,{"b":null}]}, "enabled": false,
                                 "catchUp": "all", "catchUpWindow": "36h", "catchUpLimit": 7, "overlap": "cancel", "expires": "90s", "description": "d"},
                           "b": {"every": "90m", "anchor": "2030-01-01T00:07:00.25Z", "task": "t", "catchUp": "skip", "overlap": "skip"},
                           "c": {"once": "2030-07-01T09:00:00Z", "task": "t"}}}
            """);

        foreach (var declaration in declarations)
        {
            var written = ScheduleEntryWriter.Write(declaration).ToJsonString();

            ScheduleFile.Parse($$$"""{"schedules": {"{{{declaration.Name}}}": {{{written}}}}}""").Should().Equal(declaration);
        }
    }

    [Fact]
    public void File_without_schedules_declares_none()
    {
        ScheduleFile.Parse("""{"schedules": {}}""").Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{"task": "t"}""", "schedules.s: exactly one of cron, every and once is needed")]
    [InlineData("""{"task": "t", "every": "1s", "cron": "* * * * *"}""", "schedules.s: exactly one of cron, every and once is needed")]
    [InlineData("""{"every": "1s"}""", "schedules.s.task: is missing")]
    [InlineData("""{"every": "1s", "task": ""}""", "schedules.s.task: expected a text of 1 to 200 characters")]
    [InlineData("""{"every": "1s", "task": 5}""", "schedules.s.task: expected a text of 1 to 200 characters")]
    [InlineData("""{"every": "1s", "task": "a\u0000b"}""", "schedules.s.task: expected a text of 1 to 200 characters")]
    [InlineData("""{"every": "soon", "task": "t"}""", "schedules.s.every: every 'soon': expected a whole number with a unit: 500ms, 30s, 5m, 1h or 1d")]
    [InlineData("""{"every": 30, "task": "t"}""", "schedules.s.every: expected a text of 1 to 200 characters")]
    [InlineData("""{"cron": "61 * * * *", "task": "t"}""", "schedules.s.cron: cron '61 * * * *': minute (field 1, position 1): 61 is not between 0 and 59")]
    [InlineData("""{"cron": "* * * * *", "timezone": "Mars", "task": "t"}""", "schedules.s.timezone: timezone 'Mars' is not in the time zone database; expected a name like Europe/Berlin or UTC")]
    [InlineData("""{"every": "1s", "timezone": "UTC", "task": "t"}""", "schedules.s.timezone: has no meaning beside every, which counts elapsed time")]
    [InlineData("""{"every": "1s", "task": "t", "priority": 10}""", "schedules.s.priority: expected a whole number from 0 to 9")]
    [InlineData("""{"every": "1s", "task": "t", "priority": 1.5}""", "schedules.s.priority: expected a whole number from 0 to 9")]
    [InlineData("""{"every": "1s", "task": "t", "priority": "5"}""", "schedules.s.priority: expected a whole number from 0 to 9")]
    [InlineData("""{"every": "1s", "task": "t", "arguments": []}""", "schedules.s.arguments: expected an object")]
    [InlineData("""{"every": "1s", "task": "t", "arguments": {"a": "\u0000"}}""", "schedules.s.arguments: PostgreSQL cannot store NUL characters and half surrogate pairs")]
    [InlineData("""{"every": "1s", "task": "t", "enabled": "yes"}""", "schedules.s.enabled: expected true or false")]
    [InlineData("""{"every": "1s", "task": "t", "catchUp": "some"}""", "schedules.s.catchUp: 'some' is not one of skip, latest, all")]
    [InlineData("""{"every": "1s", "task": "t", "catchup": "all"}""", "schedules.s.catchup: unknown key; expected one of cron, every, once, anchor, timezone, start, end, jitter, dstGap, dstOverlap, dayMatch, task, queue, priority, arguments, enabled, catchUp, catchUpWindow, catchUpLimit, overlap, expires, description")]
    [InlineData("""{"every": "1s", "every": "2s", "task": "t"}""", "schedules.s.every: is given twice")]
    [InlineData("5", "schedules.s: expected an object")]
    public void Mistake_is_named_with_entry_and_key(string entry, string mistake)
    {
        var parse = () => ScheduleFile.Parse($$$"""{"schedules": {"s": {{{entry}}}}}""");

        parse.Should().Throw<ScheduleFileException>().Which.Mistakes.Should().Equal(mistake);
    }

    [Theory]
    [InlineData("[]", "expected an object with the key 'schedules'")]
    [InlineData("{}", "schedules: expected an object with one entry for each schedule")]
    [InlineData("""{"schedules": []}""", "schedules: expected an object with one entry for each schedule")]
    [InlineData("""{"schedules": {}, "tasks": {}}""", "tasks: unknown key; expected 'schedules'")]
    [InlineData("""{"schedules": {"": {"every": "1s", "task": "t"}}}""", "schedules.: a name has 1 to 200 printable characters")]
    [InlineData("""{"schedules": {"s": {"every": "1s", "task": "t"}, "s": {"every": "2s", "task": "t"}}}""", "schedules.s: is given twice")]
    [InlineData("""{"schedules": {}, "schedules": {}}""", "schedules: is given 2 times")]
    [InlineData("""{"schedules": {"a\ud800": {"every": "1s", "task": "t"}}}""", "schedules: the name of an entry has half of a surrogate pair")]
    [InlineData("""{"schedules": {}, "\udfff": {}}""", "half of a surrogate pair: unknown key; expected 'schedules'")]
    [InlineData("""{"schedules": {"s": {"every": "1s", "task": "t\ud800"}}}""", "schedules.s.task: expected a text of 1 to 200 characters")]
    [InlineData("""{"schedules": {"s": {"every": "1s", "task": "t", "\ud800": 1}}}""", "schedules.s.half of a surrogate pair: unknown key; expected one of cron, every, once, anchor, timezone, start, end, jitter, dstGap, dstOverlap, dayMatch, task, queue, priority, arguments, enabled, catchUp, catchUpWindow, catchUpLimit, overlap, expires, description")]
    [InlineData("""{"schedules": {"s": {"every": "1s", "task": "t", "arguments": {"a": 1, "b": [{"c": 1, "\u0063": 2}]}}}}""", "schedules.s.arguments: the key at $.b[0].c is given twice")]
    [InlineData("""{"schedules": {"s": {"every": "1s", "task": "t", "arguments": {"a": 1, "a": 1}}}}""", "schedules.s.arguments: the key at $.a is given twice")]
    [InlineData("""{"schedules": {"s": {"every": "1s", "task": "t", "arguments": {"a": "\udc00"}}}}""", "schedules.s.arguments: half of a surrogate pair in the text at $.a")]
    [InlineData("{\n  \"schedules\": {,}\n}", "line 2, position 17: not valid JSON")]
    [InlineData("", "line 1, position 1: not valid JSON")]
    public void Mistake_in_the_shape_of_the_file_is_named(string json, string mistake)
    {
        var parse = () => ScheduleFile.Parse(json);

        parse.Should().Throw<ScheduleFileException>().Which.Mistakes.Should().Equal(mistake);
    }

    [Fact]
    public void All_mistakes_are_reported_at_once()
    {
        var parse = () => ScheduleFile.Parse("""
            {"schedules": {"a": {"cron": "x * * * *", "priority": 11, "colour": "red"}, "b": {"every": "1s", "task": "t"}, "c": {"every": "1y", "task": "t"}}}
            """);

        var thrown = parse.Should().Throw<ScheduleFileException>().Which;
        thrown.Mistakes.Should().HaveCount(5);
        thrown.Mistakes.Select(mistake => mistake.Split(':')[0]).Should().Equal("schedules.a.colour", "schedules.a.cron", "schedules.a.task", "schedules.a.priority", "schedules.c.every");
        thrown.Message.Should().StartWith("The schedules file has 5 mistakes: ").And.NotContain("\n");
    }

    [Fact]
    public void Absent_file_is_explained()
    {
        var read = () => ScheduleFile.Read("/nonexistent/schedules.json");

        read.Should().Throw<ScheduleFileException>().WithMessage("The schedules file has a mistake: it cannot be read: *schedules.json*");
    }

    [Fact]
    public void File_is_read()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, """{"schedules": {"tick": {"every": "30s", "task": "debug.echo"}}}""");
        try
        {
            ScheduleFile.Read(path).Should().ContainSingle().Which.Name.Should().Be("tick");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
