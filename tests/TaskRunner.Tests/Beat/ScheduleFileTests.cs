using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class ScheduleFileTests
{
    [Fact]
    public void Entry_with_all_keys_is_read()
    {
        var declarations = ScheduleFile.Parse("""
            {"schedules": {"fetch-gold-rates": {"cron": "*/5 * * * *", "timezone": "Europe/Berlin", "task": "pricing.fetch_gold_rates", "queue": "pricing",
                           "priority": 8, "arguments": {"metal": "gold"}, "enabled": false, "catchUp": "all"}}}
            """);

        declarations.Should().Equal(new ScheduleDeclaration
        {
            Name = "fetch-gold-rates",
            Cron = "*/5 * * * *",
            Timezone = "Europe/Berlin",
            Task = "pricing.fetch_gold_rates",
            Queue = "pricing",
            Priority = 8,
            Arguments = """{"metal": "gold"}""",
            Enabled = false,
            CatchUp = CatchUp.All,
        });
    }

    [Fact]
    public void Entry_with_the_least_keys_takes_the_defaults()
    {
        var declarations = ScheduleFile.Parse("""{"schedules": {"tick": {"every": "30s", "task": "debug.echo"}}}""");

        declarations.Should().Equal(new ScheduleDeclaration
        {
            Name = "tick",
            Every = TimeSpan.FromSeconds(30),
            Timezone = "UTC",
            Task = "debug.echo",
            Queue = "default",
            Priority = 5,
            Arguments = "{}",
            Enabled = null,
            CatchUp = CatchUp.Latest,
        });
    }

    [Fact]
    public void File_without_schedules_declares_none()
    {
        ScheduleFile.Parse("""{"schedules": {}}""").Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{"task": "t"}""", "schedules.s: exactly one of cron and every is needed")]
    [InlineData("""{"task": "t", "every": "1s", "cron": "* * * * *"}""", "schedules.s: exactly one of cron and every is needed")]
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
    [InlineData("""{"every": "1s", "task": "t", "catchup": "all"}""", "schedules.s.catchup: unknown key; expected one of cron, every, timezone, task, queue, priority, arguments, enabled, catchUp")]
    [InlineData("""{"every": "1s", "every": "2s", "task": "t"}""", "schedules.s.every: stands there twice")]
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
    [InlineData("""{"schedules": {"s": {"every": "1s", "task": "t"}, "s": {"every": "2s", "task": "t"}}}""", "schedules.s: stands there twice")]
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
        thrown.Mistakes.Select(mistake => mistake.Split(':')[0]).Should().Equal("schedules.a.cron", "schedules.a.priority", "schedules.a.colour", "schedules.a.task", "schedules.c.every");
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
