using System.Text.Json;
using FluentAssertions;
using Npgsql;
using TaskRunner.Tests.Beat.Celery;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>The verb <c>schedule</c> as people use it.</summary>
[Collection(PostgresFixture.Name)]
public sealed class ScheduleVerbTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private StockProgram program = new();
    private string database = "";

    public async Task InitializeAsync()
    {
        var options = await postgres.CreateMigratedAsync();
        database = options.Database;
        program = new StockProgram([.. ProgramVariables.Of(redis, options), ("TASKRUNNER_ROUTES", "apps.backups.tasks.*=backups:9"), ("USER", "mona")]);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Edit_of_something_else_keeps_a_pause_that_comes_while_it_reads()
    {
        await program.SucceedAsync("schedule", "add", "s", "--every", "1h", "--task", "debug.echo", "--force");
        await using var somebody = new NpgsqlConnection($"Host=127.0.0.1;Port={postgres.Server.Port};Database={database};Username={PostgresServer.User};Password={PostgresServer.Password};SSL Mode=Disable");
        await somebody.OpenAsync();
        await using var transaction = await somebody.BeginTransactionAsync();
        await using (var pause = new NpgsqlCommand("UPDATE taskrunner.schedules SET enabled = false, paused_reason = 'the bank is closed'", somebody))
        {
            await pause.ExecuteNonQueryAsync();
        }

        var edit = RunAsync("edit", "s", "--priority", "7");
        await Eventually.TrueAsync(() => postgres.Server.ScalarAsync<bool>(database, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"));
        await transaction.CommitAsync();

        (await edit).Code.Should().Be(0);
        (await postgres.Server.ScalarAsync<string>(database, "SELECT format('%s %s %s', enabled, priority, paused_reason) FROM taskrunner.schedules")).Should().Be("f 7 the bank is closed");
    }

    [Fact]
    public async Task Added_schedule_is_listed_and_shown()
    {
        var added = await RunAsync("add", "nightly", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--task", "apps.backups.tasks.full", "--arguments", """{"a":1}""", "--dst-gap", "skip");

        added.Code.Should().Be(0);
        added.Error.Should().Be("Warning: this program does not map a task 'apps.backups.tasks.full', and no live worker could be asked.\n");
        added.Output.Should().StartWith("added nightly: 30 2 * * * (Europe/Berlin), task apps.backups.tasks.full on queue backups with priority 9");
        (await RunAsync("list")).Lines[1].Should().MatchRegex(@"^nightly +on +30 2 \* \* \* \(Europe/Berlin\) +apps\.backups\.tasks\.full +backups +9 +hand$");
        var shown = (await RunAsync("show", "nightly", "-o", "json")).Json;
        shown.GetProperty("source").GetString().Should().Be("hand");
        JsonSerializer.Serialize(shown.GetProperty("definition")).Should().Be(
            """{"cron":"30 2 * * *","timezone":"Europe/Berlin","dstGap":"skip","task":"apps.backups.tasks.full","queue":"backups","priority":9,"arguments":{"a":1},"enabled":true}""");
        (await RunAsync("show", "nightly")).Lines.Should().Contain("dstGap         skip").And.Contain("queue          backups");
        (await RunAsync("add", "nightly", "--every", "1h", "--task", "t")).Code.Should().Be(6);
    }

    [Fact]
    public async Task Edit_changes_what_is_given_and_keeps_the_rest()
    {
        await SucceedAsync(
            "add", "s", "--cron", "0 3 * * *", "--timezone", "Europe/Berlin", "--task", "t", "--queue", "q", "--day-match", "or",
            "--catch-up", "all", "--catch-up-limit", "3");

        (await RunAsync("edit", "s", "--priority", "7", "--description", "three o'clock")).Code.Should().Be(0);
        (await DefinitionAsync("s")).Should().Be("""{"cron":"0 3 * * *","timezone":"Europe/Berlin","dayMatch":"or","task":"t","queue":"q","priority":7,"enabled":true,"catchUp":"all","catchUpWindow":"1h","catchUpLimit":3,"description":"three o\u0027clock"}""");

        (await RunAsync("edit", "s", "--every", "15m", "--catch-up", "", "--description", "")).Code.Should().Be(0);
        (await DefinitionAsync("s")).Should().Be("""{"every":"15m","task":"t","queue":"q","priority":7,"enabled":true}""");
    }

    [Theory]
    [InlineData("edit s --priority 7", "2 pending and 1 buffered tick(s) of before still run, as the schedule stands now.")]
    [InlineData("edit s --every 2h", "2 pending and 1 buffered tick(s) of before still run, as the schedule stands now.", "on and are not written yet do not run: the new timing counts from now.")]
    [InlineData("edit s --enabled false", "2 pending and 1 buffered tick(s) of before still run, as the schedule stands now.", "on and are not written yet do not run: the schedule rests.")]
    [InlineData("pause s", "2 pending and 1 buffered tick(s) of before still run.", "on and are not written yet do not run: the schedule rests.")]
    [InlineData("remove s", "2 pending and 1 buffered tick(s) of before do not run: their rows will say so.")]
    public async Task Change_says_what_becomes_of_the_ticks_before_it(string line, params string[] sentences)
    {
        await SucceedAsync("add", "s", "--every", "1h", "--task", "debug.echo");
        await ScalarAsync(
            """
            UPDATE taskrunner.schedules SET next_due = date_trunc('hour', now());
            INSERT INTO taskrunner.ticks (schedule_id, nominal, state) SELECT id, now() - n * interval '1 hour', CASE n WHEN 1 THEN 'buffered' WHEN 4 THEN 'sent' ELSE 'pending' END
              FROM taskrunner.schedules, generate_series(1, 4) AS n
            """);

        var told = (await RunAsync(line.Split(' '))).Lines[1..];

        told.Should().HaveCount(sentences.Length);
        told.Zip(sentences).Should().OnlyContain(pair => pair.First.EndsWith(pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Edit_takes_effect_within_a_second_while_a_beat_runs()
    {
        await SucceedAsync("add", "s", "--cron", "0 0 1 1 *", "--task", "debug.echo");
        await using var beat = await program.StartAsync("beat");
        await Eventually.TrueAsync(async () => await ScalarAsync("SELECT next_due IS NOT NULL FROM taskrunner.schedules") is true);

        await SucceedAsync("edit", "s", "--every", "100ms");
        await Eventually.TrueAsync(async () => await ScalarAsync("SELECT last_due IS NOT NULL FROM taskrunner.schedules") is true);

        // Whatever the machine was busy with: the first tick that beat accounts for is the first after the edit.
        (await ScalarAsync("SELECT (SELECT least(min(nominal), min(missed_since)) FROM taskrunner.ticks) - updated_at <= interval '100 milliseconds' FROM taskrunner.schedules")).Should().Be(true);
    }

    [Fact]
    public async Task Paused_schedule_rests_until_it_is_resumed()
    {
        await SucceedAsync("add", "s", "--every", "1h", "--task", "t");

        (await RunAsync("pause", "s", "--reason", "stocktaking")).Output.Should().StartWith("paused s");
        (await RunAsync("show", "s")).Lines.Should().Contain("state          paused by mona: stocktaking");
        (await RunAsync("preview", "s", "-n", "1")).Error.Should().Contain("is paused");

        (await RunAsync("resume", "s")).Output.Should().StartWith("resumed s");
        (await RunAsync("show", "s", "-o", "json")).Json.GetProperty("pausedReason").ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Fact]
    public async Task Run_enqueues_under_an_id_of_its_own()
    {
        await SucceedAsync("add", "s", "--cron", "0 0 1 1 *", "--task", "debug.echo", "--arguments", """{"a":2}""", "--queue", "default");
        await using var worker = await program.StartAsync("worker", "--queues", "default");

        var ids = new[] { (await RunAsync("run", "s")).Lines.Single(), (await RunAsync("run", "s", "-o", "json")).Json[0].GetProperty("id").GetString()! };

        ids.Should().OnlyHaveUniqueItems();
        foreach (var id in ids)
        {
            (await program.RunAsync("result", id, "--wait", "-o", "json")).Json.GetProperty("output").GetProperty("a").GetInt32().Should().Be(2);
        }
    }

    [Fact]
    public async Task Removed_schedule_is_gone()
    {
        await SucceedAsync("add", "s", "--every", "1h", "--task", "t");

        (await RunAsync("remove", "s")).Should().BeEquivalentTo(new { Code = 0, Error = "" });

        foreach (var verb in new[] { "show", "remove", "pause", "resume", "run", "preview", "edit" })
        {
            (await RunAsync(verb, "s")).Should().BeEquivalentTo(new { Code = 4, Output = "", Error = $"There is no schedule 's': 'taskrunner schedule list' lists them.{Environment.NewLine}" });
        }
    }

    [Fact]
    public async Task Edit_of_a_declared_schedule_says_that_the_release_undoes_it()
    {
        await SucceedAsync("add", "s", "--every", "1h", "--task", "t");
        await ScalarAsync("UPDATE taskrunner.schedules SET source = 'declared'");

        (await RunAsync("edit", "s", "--priority", "1")).Error.Should().StartWith("'s' is declared in the schedules file: the next release makes it as it stands there.");
    }

    [Fact]
    public async Task Preview_marks_the_days_on_which_clocks_change()
    {
        await SucceedAsync("add", "s", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--task", "t", "--dst-overlap", "both");

        var spring = await RunAsync("preview", "s", "--from", "2030-03-30", "-n", "3");
        var autumn = (await RunAsync("preview", "s", "--from", "2030-10-26", "-n", "4", "-o", "json")).Json.GetProperty("runs");

        spring.Lines.Should().Equal(
            "LOCAL                        UTC                    NOTE",
            "2030-03-30 02:30:00 +01:00   2030-03-30 01:30:00Z",
            "2030-03-31 03:00:00 +02:00   2030-03-31 01:00:00Z   clocks go forward from 02:00 to 03:00: times in between run now",
            "2030-04-01 02:30:00 +02:00   2030-04-01 00:30:00Z");
        autumn.EnumerateArray().Select(run => $"{run.GetProperty("local").GetString()} {(run.TryGetProperty("note", out var note) ? note.GetString() : null)}".TrimEnd()).Should().Equal(
            "2030-10-26 02:30:00 +02:00",
            "2030-10-27 02:30:00 +02:00 clocks go back from 03:00 to 02:00: the first 02:30",
            "2030-10-27 02:30:00 +01:00 clocks go back from 03:00 to 02:00: the second 02:30",
            "2030-10-28 02:30:00 +01:00");
    }

    [Theory]
    [InlineData("'ran', NULL, 0", "2030-01-01T00:00", 0, "The tick of 2030-01-01 00:00:00 +00:00 ran as task 0190a000-0000-7000-8000-000000000001: sent at 2030-01-01 00:00:00.25 +00:00, 0.250 s after its time, started at 2030-01-01 00:00:01 +00:00, finished at 2030-01-01 00:00:02 +00:00, succeeded.")]
    [InlineData("'skipped', 'the task of an earlier tick is still running', 0", "2030-01-01T00:00", 0, "The tick of 2030-01-01 00:00:00 +00:00 was skipped: the task of an earlier tick is still running.")]
    [InlineData("'sent', NULL, 2", "2029-12-31T23:00", 0, "The tick of 2029-12-31 23:00:00 +00:00 was missed and did not run: beat came back only at 2030-01-01 00:00:00.2 +00:00, and the policy catchUp latest dropped 2 ticks from 2029-12-31 22:00:00 +00:00 on.")]
    [InlineData("'sent', NULL, 0", "2029-12-31T23:30", 4, "As it stands now, 's' (every 1h) has no tick at 2029-12-31 23:30:00 +00:00. The next one after it is 2030-01-01 00:00:00 +00:00.")]
    [InlineData("'sent', NULL, 0", "2020-01-01T00:00", 0, "There is no record of a tick at 2020-01-01 00:00:00 +00:00: the schedule was made later, at *")]
    [InlineData("'sent', NULL, 0", "2099-01-01T00:00", 0, "The tick of 2099-01-01 00:00:00 +00:00 is still to come.")]
    [InlineData("'sent', NULL, 0", "noon", 2, "TIME 'noon': expected a time like 2030-01-31T09:00 (in the schedule's time zone), 2030-01-31T09:00:00Z or 2030-01-31T09:00+01:00.")]
    public async Task Explain_says_what_happened_and_why(string row, string time, int code, string sentence)
    {
        await SucceedAsync("add", "s", "--every", "1h", "--task", "t");
        await ScalarAsync(
            $"""
            INSERT INTO taskrunner.ticks (schedule_id, nominal, task_id, created_at, sent_at, started_at, finished_at, outcome, missed_since, state, reason, missed_count)
            SELECT id, '2030-01-01Z', '0190a000-0000-7000-8000-000000000001', '2030-01-01 00:00:00.2Z', '2030-01-01 00:00:00.25Z', '2030-01-01 00:00:01Z', '2030-01-01 00:00:02Z', 'succeeded',
                   CASE WHEN {row.Split(',')[^1]} > 0 THEN timestamptz '2029-12-31 22:00Z' END, {row}
              FROM taskrunner.schedules
            """);

        var outcome = await RunAsync("explain", "s", time);

        outcome.Code.Should().Be(code);
        (outcome.Output + outcome.Error).TrimEnd().Should().Match(sentence);
    }

    [Fact]
    public async Task All_mistakes_of_a_schedule_are_told_at_once_each_with_its_flag()
    {
        var outcome = await RunAsync("add", "s", "--cron", "61 * * * *", "--timezone", "Mars", "--priority", "10", "--arguments", "[", "--dst-gap", "maybe", "--anchor", "now", "--enabled", "yes");

        outcome.Code.Should().Be(2);
        outcome.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Should().BeEquivalentTo(
            "--timezone: timezone 'Mars' is not in the time zone database; expected a name like Europe/Berlin or UTC.",
            "--cron: cron '61 * * * *': minute (field 1, position 1): 61 is not between 0 and 59.",
            "--anchor: anchor 'now': expected a time like 2030-01-31T09:00 (in the schedule's time zone), 2030-01-31T09:00:00Z or 2030-01-31T09:00+01:00.",
            "--anchor: has a meaning beside every only.",
            "--dst-gap: 'maybe' is not one of shift, skip.",
            "--task: is missing.",
            "--priority: expected a whole number from 0 to 9.",
            "--arguments: expected an object.",
            "--enabled: expected true or false.");
    }

    [Fact]
    public async Task Time_that_is_over_is_refused()
    {
        var outcome = await RunAsync("add", "s", "--once", "2020-01-01", "--task", "debug.echo");

        outcome.Should().BeEquivalentTo(new { Code = 6, Output = "", Error = $"--once is 2020-01-01T00:00:00Z, which is over: nothing was added.{Environment.NewLine}" });
    }

    [Fact]
    public async Task Celery_is_imported_from_another_database_and_can_be_again()
    {
        var celery = await CeleryDatabase.CreateAsync(postgres, (await postgres.Server.CreateEmptyAsync()).Database);
        var crontab = await celery.CrontabAsync("0", "2", "*", "*", "*", "Europe/Berlin");
        await celery.TaskAsync("full backup", ("crontab_id", $"{crontab}"), ("task", "'apps.backups.tasks.full'"));
        await celery.TaskAsync("sun", ("solar_id", $"{await celery.SolarAsync("sunset")}"));
        string[] import = ["import", "--from", "celery", "--celery-database-url", celery.Url];

        var dry = await RunAsync([.. import, "--dry-run"]);
        dry.Lines[^1].Should().Be("1 schedule(s) would be imported, 1 left out.");
        (await ScalarAsync("SELECT count(*) FROM taskrunner.schedules")).Should().Be(0L);

        var real = await RunAsync([.. import, "--paused", "-o", "json"]);
        real.Json.GetProperty("leftOut")[0].GetString().Should().Contain("'sun' is left out: it runs at the sunset of a place");
        (await ScalarAsync("SELECT concat_ws('|', name, queue, priority, enabled, source) FROM taskrunner.schedules")).Should().Be("full backup|backups|9|f|celery");

        (await RunAsync(import)).Code.Should().Be(0);
        (await ScalarAsync("SELECT enabled FROM taskrunner.schedules")).Should().Be(true);

        await ScalarAsync("UPDATE taskrunner.schedules SET source = 'hand'");
        (await RunAsync(import)).Should().BeEquivalentTo(new
        {
            Code = 6,
            Output = "",
            Error = $"'full backup' is the name of another schedule, which did not come from Celery: rename one of the two; nothing was imported.{Environment.NewLine}",
        });
    }

    [Fact]
    public async Task Import_without_Celery_s_tables_says_where_it_looked()
    {
        var outcome = await RunAsync("import", "--from", "celery");

        outcome.Code.Should().Be(4);
        outcome.Error.Should().Contain("has no table django_celery_beat_periodictask: TASKRUNNER_CELERY_DATABASE_URL (--celery-database-url) names the database of the Django application.");
    }

    private Task SucceedAsync(params string[] arguments) => program.SucceedAsync(["schedule", .. arguments]);

    private Task<StockProgram.Outcome> RunAsync(params string[] arguments) => program.RunAsync(["schedule", .. arguments]);

    private async Task<string> DefinitionAsync(string name) => JsonSerializer.Serialize((await RunAsync("show", name, "-o", "json")).Json.GetProperty("definition"));

    private Task<object?> ScalarAsync(string sql) => postgres.Server.ExecuteAsync(database, sql);
}
