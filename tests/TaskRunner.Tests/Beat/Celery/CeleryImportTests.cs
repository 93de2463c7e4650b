using System.Globalization;
using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Beat.Celery;
using TaskRunner.Database;
using TaskRunner.Tests.Beat.Oracle;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.Celery;

[Collection(BeatPostgres.Name)]
public sealed class CeleryImportTests(PostgresFixture fixture)
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Crontab_becomes_a_cron_expression_in_its_time_zone()
    {
        var database = await CreateAsync();
        var id = await database.CrontabAsync("0, 30", "*/2", "1-15", "*", "monday,Fri", "Europe/Berlin");
        await database.TaskAsync("report", ("crontab_id", $"{id}"), ("queue", "'reports'"), ("priority", "7"), ("kwargs", "'{\"kind\": \"daily\"}'"), ("description", "'Daily report'"), ("expire_seconds", "600"));

        var import = await ReadAsync(database);

        import.LeftOut.Should().BeEmpty();
        import.Remarks.Should().BeEmpty();
        import.Schedules.Should().Equal(new ScheduleDeclaration
        {
            Name = "report",
            Timing = new() { Cron = "0,30 */2 1-15 * MON,FRI", Timezone = "Europe/Berlin" },
            Task = "tasks.report",
            Queue = "reports",
            Priority = 7,
            Arguments = """{"kind":"daily"}""",
            Enabled = true,
            Expires = TimeSpan.FromMinutes(10),
            Description = "Daily report",
        });
    }

    [Theory]
    [InlineData("last_run_at", "2026-05-31 23:59:30Z", "2026-06-01 12:09:30")]
    [InlineData("start_time", "2026-06-02 08:00:00Z", "2026-06-02 08:00:00")]
    [InlineData("date_changed", "2026-01-01 00:00:30Z", "2026-06-01 12:00:30")]
    public async Task Interval_goes_on_with_the_grid_that_Celery_counts_on(string column, string time, string next)
    {
        var database = await CreateAsync();
        await database.TaskAsync("poll", ("interval_id", $"{await database.IntervalAsync(10, "minutes")}"), (column, $"'{time}'"));

        var import = await ReadAsync(database);

        ScheduleSpec.Read(import.Schedules.Single().Timing).Next(Now).Should().Be(Utc(next));
    }

    [Theory]
    [InlineData(3, "days", "3d")]
    [InlineData(36, "hours", "36h")]
    [InlineData(90, "seconds", "90s")]
    [InlineData(250_000, "microseconds", "250ms")]
    public async Task Interval_keeps_its_length(int every, string period, string text)
    {
        var database = await CreateAsync();
        await database.TaskAsync("poll", ("interval_id", $"{await database.IntervalAsync(every, period)}"));

        WholeDuration.Print((await ReadAsync(database)).Schedules.Single().Timing.Every!.Value).Should().Be(text);
    }

    [Fact]
    public async Task Limits_and_tasks_that_run_once_are_taken_over()
    {
        var database = await CreateAsync();
        var crontab = await database.CrontabAsync("30", "7", "*", "*", "*");
        await database.TaskAsync("bounded", ("crontab_id", $"{crontab}"), ("start_time", "'2026-07-01Z'"), ("expires", "'2026-08-01Z'"));
        await database.TaskAsync("clocked", ("clocked_id", $"{await database.ClockedAsync("2026-07-04 09:00Z")}"), ("one_off", "true"));
        await database.TaskAsync("once", ("crontab_id", $"{crontab}"), ("one_off", "true"));
        await database.TaskAsync("off", ("crontab_id", $"{crontab}"), ("enabled", "false"));

        var import = (await ReadAsync(database)).Schedules.ToDictionary(schedule => schedule.Name);

        var bounded = ScheduleSpec.Read(import["bounded"].Timing);
        bounded.Next(Now).Should().Be(Utc("2026-07-01 07:30:00"));
        bounded.Next(Utc("2026-07-31 07:30:00")).Should().BeNull();
        import["clocked"].Timing.Once.Should().Be(Utc("2026-07-04 09:00:00"));
        import["once"].Timing.Should().Be(new ScheduleTiming { Once = Utc("2026-06-02 07:30:00") });
        import["off"].Enabled.Should().BeFalse();
    }

    [Fact]
    public async Task What_cannot_be_taken_over_is_left_out_with_a_sentence()
    {
        var database = await CreateAsync();
        var crontab = await database.CrontabAsync("0", "4", "*", "*", "*");
        await database.TaskAsync("a-sunrise", ("solar_id", $"{await database.SolarAsync("sunrise")}"));
        await database.TaskAsync("b-past", ("clocked_id", $"{await database.ClockedAsync("2026-01-01Z")}"), ("one_off", "true"));
        await database.TaskAsync("c-ran", ("crontab_id", $"{crontab}"), ("one_off", "true"), ("total_run_count", "1"));
        await database.TaskAsync("d-fast", ("interval_id", $"{await database.IntervalAsync(1500, "microseconds")}"));
        await database.TaskAsync("e-never", ("crontab_id", $"{await database.CrontabAsync("0", "0", "30", "2", "*")}"));
        await database.TaskAsync("f-queue", ("crontab_id", $"{crontab}"), ("queue", "'two words'"));
        await database.TaskAsync("g-args", ("crontab_id", $"{crontab}"), ("args", "'{'"));
        await database.TaskAsync("h-none");
        await database.TaskAsync("i-cleanup", ("crontab_id", $"{crontab}"), ("task", "'celery.backend_cleanup'"));

        var import = await ReadAsync(database);

        import.Schedules.Should().BeEmpty();
        import.LeftOut.Should().Equal(
            "Periodic task 'a-sunrise' is left out: it runs at the sunrise of a place, and times of the sun are not supported.",
            "Periodic task 'b-past' is left out: its only time, 2026-01-01T00:00:00Z, is over.",
            "Periodic task 'c-ran' is left out: it runs once only, and has run.",
            "Periodic task 'd-fast' is left out: its interval of 1500 microseconds is no whole number of milliseconds.",
            "Periodic task 'e-never' is left out: cron: cron '0 0 30 2 *': no date matches day of month 30 (field 3, position 5) and month 2 (field 4, position 8).",
            "Periodic task 'f-queue' is left out: queue: 'two words' is no queue: a queue name has 1 to 100 letters, digits, dots, dashes or underscores.",
            "Periodic task 'g-args' is left out: its args or kwargs are not valid JSON.",
            "Periodic task 'h-none' is left out: it has no crontab, interval or clocked schedule.",
            "Periodic task 'i-cleanup' is left out: it cleans up Celery's own results and has nothing to do here.");
    }

    [Fact]
    public async Task What_becomes_different_is_told()
    {
        var database = await CreateAsync();
        await database.TaskAsync(
            "backup",
            ("crontab_id", $"{await database.CrontabAsync("0", "2", "*", "*", "*")}"),
            ("priority", "10"),
            ("args", "'[1, \"two\"]'"),
            ("routing_key", "'backups'"),
            ("headers", "'{\"a\": 1}'"));

        var import = await ReadAsync(database);

        import.Schedules.Single().Should().BeEquivalentTo(new { Priority = 9, Queue = (string?)null, Arguments = """{"args":[1,"two"]}""" });
        import.Remarks.Should().Equal(
            "Periodic task 'backup': its priority 10 becomes 9, the highest here.",
            "Periodic task 'backup': its exchange and routing key have no meaning here; the queue decides.",
            "Periodic task 'backup': its headers are left out.",
            "Periodic task 'backup': its positional arguments stand under the key 'args' of the arguments.");
    }

    [Fact]
    public async Task Crontabs_run_when_Celery_itself_says()
    {
        string[][] fields =
        [
            ["*", "*", "*", "*", "*"], ["*/7", "*", "*", "*", "*"], ["0,15,40", "8-18/3", "*", "*", "mon-fri"], ["5", "22-4/2", "*", "*", "*"], ["50-10/10", "3", "*", "*", "*"],
            ["0", "0", "*/10", "*", "*"], ["30", "6", "13", "*", "5"], ["0", "12", "1-7", "*", "sunday"], ["0", "1", "1", "*", "*"], ["0", "1", "31", "*/2", "*"], ["0", "0", "28-2", "*", "*"],
            ["1", "1", "*", "11-2", "6-1"], ["0", "0", "29", "2", "*"], ["59", "23", "*", "*", "*/3"],
        ];
        var cases = fields.SelectMany(field => new[] { "UTC", "Asia/Kathmandu", "America/Bogota" }.Select(zone => (Field: field, Zone: zone))).ToList();
        var database = await CreateAsync();
        foreach (var ((field, zone), i) in cases.Select((one, i) => (one, i)))
        {
            await database.TaskAsync($"task-{i:000}", ("crontab_id", $"{await database.CrontabAsync(field[0], field[1], field[2], field[3], field[4], zone)}"));
        }

        var expected = await PythonOracle.RunAsync(
            "../Celery/celery_runs.py", cases.Select(one => string.Join('|', [.. one.Field, one.Zone, Now.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)])));
        var import = await ReadAsync(database);

        import.LeftOut.Should().BeEmpty();
        import.Schedules.Select(schedule => Runs(schedule, expected[0].Split(' ').Length)).Should().Equal(expected);
    }

    private static string Runs(ScheduleDeclaration schedule, int count)
    {
        var spec = ScheduleSpec.Read(schedule.Timing);
        var runs = new List<string>();
        for (var next = spec.Next(Now); runs.Count < count; next = spec.Next(next!.Value))
        {
            runs.Add(next!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        }

        return string.Join(' ', runs);
    }

    private async Task<CeleryDatabase> CreateAsync() => await CeleryDatabase.CreateAsync(fixture, (await fixture.Server.CreateEmptyAsync()).Database);

    private static async Task<CeleryImport> ReadAsync(CeleryDatabase database)
    {
        await using var postgres = new Postgres(DatabaseOptions.Parse(database.Url));
        return CeleryImport.Of((await new CeleryTables(postgres).ReadAsync(CancellationToken.None))!, Now);
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
