using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

[Collection(BeatPostgres.Name)]
public sealed class ScheduleSyncTests(PostgresFixture fixture)
{
    private static readonly ScheduleDeclaration Rates = new()
    {
        Name = "rates",
        Timing = new() { Cron = "*/5 * * * *", Timezone = "Europe/Berlin" },
        Task = "pricing.fetch",
        Queue = "pricing",
        Priority = 8,
        Arguments = """{"metal":"gold"}""",
        CatchUp = CatchUp.All,
    };

    private static readonly ScheduleDeclaration Tick = new() { Name = "tick", Timing = new() { Every = TimeSpan.FromSeconds(30) }, Task = "debug.echo" };

    [Fact]
    public async Task Declared_schedules_are_added_with_all_their_columns()
    {
        var options = await fixture.CreateMigratedAsync();

        var report = await SyncAsync(options, Rates, Tick);

        report.Should().BeEquivalentTo(new { Added = new[] { "rates", "tick" }, Updated = Array.Empty<string>(), Removed = Array.Empty<string>() });
        (await RowAsync(options, "rates")).Should().Be("*/5 * * * *||Europe/Berlin|pricing.fetch|pricing|8|{\"metal\": \"gold\"}|true|all|true");
        (await RowAsync(options, "tick")).Should().Be("|30000|UTC|debug.echo|default|5|{}|true|latest|true");
    }

    [Fact]
    public async Task Second_sync_changes_nothing()
    {
        var options = await fixture.CreateMigratedAsync();
        await SyncAsync(options, Rates, Tick);
        await fixture.Server.ExecuteAsync(options.Database, "UPDATE taskrunner.schedules SET next_due = '2030-01-01'");

        var report = await SyncAsync(options, Rates, Tick);

        report.Should().BeEquivalentTo(new { Added = Array.Empty<string>(), Updated = Array.Empty<string>(), Removed = Array.Empty<string>() });
        (await fixture.Server.ExecuteAsync(options.Database, "SELECT count(*) FROM taskrunner.schedules WHERE next_due = '2030-01-01' AND revision = 1")).Should().Be(2L);
    }

    [Fact]
    public async Task Changed_declaration_updates_its_row_and_asks_for_a_new_due_time()
    {
        var options = await fixture.CreateMigratedAsync();
        await SyncAsync(options, Rates, Tick);
        await fixture.Server.ExecuteAsync(options.Database, "UPDATE taskrunner.schedules SET next_due = '2030-01-01'");

        var report = await SyncAsync(options, Rates, Tick with { Timing = new() { Every = TimeSpan.FromSeconds(10) }, Queue = "fast" });

        report.Updated.Should().Equal("tick");
        (await RowAsync(options, "tick")).Should().StartWith("|10000|UTC|debug.echo|fast|");
        (await fixture.Server.ExecuteAsync(options.Database, "SELECT string_agg(name, ',') FROM taskrunner.schedules WHERE next_due IS NULL")).Should().Be("tick");
    }

    [Fact]
    public async Task Schedule_can_change_from_cron_to_interval_and_keeps_its_id()
    {
        var options = await fixture.CreateMigratedAsync();
        await SyncAsync(options, Rates);
        var id = await fixture.Server.ExecuteAsync(options.Database, "SELECT id FROM taskrunner.schedules");

        await SyncAsync(options, Rates with { Timing = new() { Every = TimeSpan.FromMinutes(5) } });

        (await RowAsync(options, "rates")).Should().StartWith("|300000|");
        (await fixture.Server.ExecuteAsync(options.Database, "SELECT id FROM taskrunner.schedules")).Should().Be(id);
    }

    [Fact]
    public async Task Schedule_that_is_declared_no_more_is_removed_and_those_made_by_hand_stay()
    {
        var options = await fixture.CreateMigratedAsync();
        await SyncAsync(options, Rates, Tick);
        await fixture.Server.ExecuteAsync(options.Database, "INSERT INTO taskrunner.schedules (name, cron, task) VALUES ('mine', '* * * * *', 't')");

        var report = await SyncAsync(options, Tick);

        report.Removed.Should().Equal("rates");
        (await fixture.Server.ExecuteAsync(options.Database, "SELECT string_agg(name, ',' ORDER BY name) FROM taskrunner.schedules")).Should().Be("mine,tick");
    }

    [Fact]
    public async Task Empty_file_removes_all_declared_schedules()
    {
        var options = await fixture.CreateMigratedAsync();
        await SyncAsync(options, Rates, Tick);

        var report = await SyncAsync(options);

        report.Removed.Should().BeEquivalentTo("rates", "tick");
    }

    [Fact]
    public async Task Name_of_a_schedule_made_by_hand_is_a_clash_and_nothing_is_changed()
    {
        var options = await fixture.CreateMigratedAsync();
        await fixture.Server.ExecuteAsync(options.Database, "INSERT INTO taskrunner.schedules (name, cron, task) VALUES ('tick', '* * * * *', 't')");

        var sync = () => SyncAsync(options, Rates, Tick);

        (await sync.Should().ThrowAsync<ScheduleFileException>()).Which.Mistakes.Should().Equal("schedules.tick: a schedule of that name was made by hand, or is declared elsewhere; rename or delete one of the two");
        (await fixture.Server.ExecuteAsync(options.Database, "SELECT count(*) FROM taskrunner.schedules")).Should().Be(1L);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Pause_by_an_operator_lasts_unless_the_file_says_otherwise(bool? declared, bool enabled)
    {
        var options = await fixture.CreateMigratedAsync();
        await SyncAsync(options, Tick with { Enabled = declared });
        await fixture.Server.ExecuteAsync(options.Database, "UPDATE taskrunner.schedules SET enabled = false");

        await SyncAsync(options, Tick with { Enabled = declared, Priority = 9 });

        (await fixture.Server.ExecuteAsync(options.Database, "SELECT enabled FROM taskrunner.schedules")).Should().Be(enabled);
    }

    [Fact]
    public async Task Value_that_the_database_refuses_is_a_mistake_in_the_file()
    {
        var options = await fixture.CreateMigratedAsync();

        var sync = () => SyncAsync(options, Tick with { Arguments = """{"n": 1e999999}""" });

        await sync.Should().ThrowAsync<ScheduleFileException>().WithMessage("*the database refuses it*");
    }

    [Fact]
    public async Task Four_beats_that_sync_at_once_add_each_schedule_once()
    {
        var options = await fixture.CreateMigratedAsync();
        var many = Enumerable.Range(0, 50).Select(n => Tick with { Name = $"tick-{n}" }).ToArray();

        var reports = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SyncAsync(options, many)));

        reports.SelectMany(report => report.Added).Should().HaveCount(50).And.OnlyHaveUniqueItems();
    }

    private static async Task<ScheduleSyncReport> SyncAsync(DatabaseOptions options, params ScheduleDeclaration[] declarations)
    {
        await using var postgres = new Postgres(options);
        return await new ScheduleSync(postgres).ApplyAsync(declarations, CancellationToken.None);
    }

    private async Task<string?> RowAsync(DatabaseOptions options, string name) => (string?)await fixture.Server.ExecuteAsync(
        options.Database,
        $"SELECT array_to_string(ARRAY[cron, every_ms::text, timezone, task, queue, priority::text, arguments::text, enabled::text, catch_up, declared::text], '|', '') FROM taskrunner.schedules WHERE name = '{name}'");
}
