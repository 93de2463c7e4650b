using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

/// <summary>The whole program with PgBouncer in transaction mode in front of PostgreSQL: nothing depends on a session.</summary>
[Collection(PostgresFixture.Name)]
public sealed class PgBouncerTests(PostgresFixture postgres, RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Migrations_schedules_ticks_and_results_work_through_a_pooler_in_transaction_mode()
    {
        await using var bouncer = await PgBouncer.StartAsync(postgres.Server);
        var database = (await postgres.CreateEmptyAsync()).Database;
        var program = new StockProgram([.. ProgramVariables.Of(redis), ("TASKRUNNER_DATABASE_URL", bouncer.Url(database))]);

        // Any number at a time, each through connections that others use in between.
        var migrations = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => program.RunAsync("migrate")));
        migrations.Should().OnlyContain(outcome => outcome.Code == 0);
        await RunAsync(program, "schedule", "add", "fast", "--every", "100ms", "--task", "debug.echo", "--arguments", """{"a":1}""");
        await RunAsync(program, "schedule", "add", "rare", "--cron", "0 0 1 1 *", "--task", "debug.echo");
        await RunAsync(program, "schedule", "pause", "rare");
        await RunAsync(program, "schedule", "resume", "rare");
        await RunAsync(program, "schedule", "edit", "rare", "--priority", "7");

        await using var first = await program.StartAsync("beat");
        await using var second = await program.StartAsync("beat");
        await using var worker = await program.StartAsync("worker");
        await Eventually.TrueAsync(async () => await ScalarAsync<long>("SELECT count(*) FROM taskrunner.ticks JOIN taskrunner.results USING (task_id) WHERE results.state = 'succeeded'") >= 10);
        await postgres.Server.ExecuteAsync(database, "UPDATE taskrunner.ticks SET check_at = now() WHERE state = 'sent'");
        await Eventually.TrueAsync(async () => await ScalarAsync<long>("SELECT count(*) FROM taskrunner.ticks WHERE state = 'ran'") >= 10);

        (await ScalarAsync<long>("SELECT count(*) FROM (SELECT nominal - lag(nominal) OVER (ORDER BY nominal) AS gap FROM taskrunner.ticks) AS ticks WHERE gap <> interval '100 milliseconds'")).Should().Be(0);
        (await ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'taskrunner'")).Should().BeInRange(1, PgBouncer.PoolSize, "two beats, a worker and their probes share them");
        var id = (await RunAsync(program, "schedule", "run", "rare")).Lines.Single();
        (await RunAsync(program, "result", id, "--wait", "-o", "json")).Json.GetProperty("state").GetString().Should().Be("succeeded");
        (await RunAsync(program, "schedule", "list")).Output.Should().Contain("fast").And.Contain("rare");
        (await RunAsync(program, "schedule", "show", "fast")).Output.Should().Contain("sent");
        await ShouldIsolateRowsAsync();
        await RunAsync(program, "schedule", "remove", "fast");

        // A row that the database refuses is found by savepoints, in a transaction that stays on one connection.
        async Task ShouldIsolateRowsAsync()
        {
            await postgres.Server.ExecuteAsync(
                database,
                """
                CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
                INSERT INTO taskrunner.schedules (name, task, every_ms) VALUES ('cursed', 'debug.echo', 100);
                CREATE TRIGGER refuse BEFORE UPDATE OF next_due ON taskrunner.schedules FOR EACH ROW WHEN (NEW.name = 'cursed') EXECUTE FUNCTION public.refuse()
                """);
            await Eventually.TrueAsync(async () => await ScalarAsync<long>("SELECT count(*) FROM taskrunner.set_aside WHERE problem LIKE '%not this one%'") == 1);
            var now = await ScalarAsync<DateTime>("SELECT now()");
            await Eventually.TrueAsync(async () => await ScalarAsync<long>($"SELECT count(*) FROM taskrunner.ticks WHERE state IN ('sent', 'ran') AND nominal > '{now:O}'") >= 5);
            (await ScalarAsync<long>("SELECT count(*) FROM (SELECT nominal - lag(nominal) OVER (ORDER BY nominal) AS gap FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = 'fast') AS ticks WHERE gap <> interval '100 milliseconds'"))
                .Should().Be(0, "the healthy one misses none");
        }

        Task<T> ScalarAsync<T>(string sql) => postgres.Server.ScalarAsync<T>(database, sql);
    }

    private static async Task<StockProgram.Outcome> RunAsync(StockProgram program, params string[] arguments)
    {
        var outcome = await program.RunAsync(arguments);
        outcome.Code.Should().Be(0, outcome.Error);
        return outcome;
    }
}
