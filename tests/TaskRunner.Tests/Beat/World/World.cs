using FluentAssertions;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Tests.Support;

namespace TaskRunner.Tests.Beat.World;

/// <summary>Two beats of an ordinary user on a database of their own, some fast schedules, and the ledger of ticks and tasks.</summary>
internal sealed class World(BeatBench bench, string role) : IAsyncDisposable
{
    private const string Settled = "SELECT count(*) FROM taskrunner.ticks WHERE state IN ('pending', 'buffered')";

    private const string Away = "The database is unavailable, retrying";

    private static readonly string[] Names = ["red", "green", "blue"];

    private int database;

    public BeatBench Bench => bench;

    /// <summary>The user of the beats: it owns the database and is no superuser.</summary>
    public string Role => role;

    /// <summary>What a tick was dropped with, by somebody; its rows count in the ledger.</summary>
    public string? Kept { get; set; }

    public static async Task<World> OpenAsync(PostgresFixture fixture)
    {
        var empty = await fixture.CreateEmptyAsync();
        var role = $"beats_of_{empty.Database}";
        await fixture.Server.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD '{PostgresServer.Password}'; ALTER DATABASE {empty.Database} OWNER TO {role}");
        var options = empty with { User = role };
        await using (var postgres = new Postgres(options))
        {
            await new Migrator(postgres).MigrateAsync(CancellationToken.None);
        }

        return new World(new BeatBench(fixture.Server, options), role);
    }

    /// <summary>Runs statements as a superuser, each in a transaction of its own. One that met beat in a deadlock, and was the one to give way, is run again, as an administrator would.</summary>
    public async Task ExecuteAsync(params string[] statements)
    {
        foreach (var sql in statements)
        {
            for (var tries = 1; ; tries++)
            {
                try
                {
                    await bench.ExecuteAsync(sql);
                    break;
                }
                catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected && tries < 10)
                {
                    // Beat went on; now it is this one's turn.
                }
            }
        }
    }

    /// <summary>Adds the schedules, starts two beats, and waits until they tick.</summary>
    public async Task StartAsync()
    {
        foreach (var name in Names)
        {
            await bench.AddAsync(name, "every_ms = 200", "catch_up = 'all', catch_up_limit = 1000");
        }

        bench.Start("beat-1");
        bench.Start("beat-2");
        await ShouldTickOnAsync();
    }

    /// <summary>Ends all connections of the beats, as a failover does.</summary>
    public Task CutAsync() => ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'");

    /// <summary>Waits until both beats have said since then that the database does not serve them.</summary>
    public async Task ShouldNoticeAsync()
    {
        database += 2;
        await BeatBench.UntilAsync(
            "both beats have logged the outage",
            () => bench.Log.Lines.Count(line => line.Contains(Away, StringComparison.Ordinal)) >= database);
    }

    /// <summary>Waits until each schedule has run a tick that was to come when this was called.</summary>
    public async Task ShouldTickOnAsync()
    {
        var from = (DateTime)(await bench.ExecuteAsync("SELECT clock_timestamp()"))!;
        foreach (var name in Names)
        {
            var sent = $"SELECT count(*) FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = '{name}' AND state = 'sent' AND nominal > '{from:O}'";
            await Eventually.TrueAsync(async () => await bench.ExecuteAsync(sent) is > 2L, TimeSpan.FromSeconds(60), $"schedule {name} ticks on");
        }
    }

    /// <summary>Each nominal tick is one row, each row that says so is one task that was accepted once, and each such task is a row.</summary>
    public async Task ShouldBalanceAsync()
    {
        await ExecuteAsync("UPDATE taskrunner.schedules SET enabled = false");
        await Eventually.ReturnsAsync(async () => (long)(await bench.ExecuteAsync(Settled))!, count => count == 0, TimeSpan.FromSeconds(60), "ticks that are not enqueued");
        await bench.StopAsync();

        var rows = Kept is null ? "taskrunner.ticks" : $"(SELECT * FROM taskrunner.ticks UNION SELECT kept.* FROM {Kept} AS kept LEFT JOIN taskrunner.ticks AS live USING (schedule_id, nominal) WHERE live.nominal IS NULL)";
        var gaps = $"""
            SELECT count(*) FROM (SELECT nominal - lag(nominal) OVER (PARTITION BY schedule_id ORDER BY nominal) AS gap FROM {rows} AS all_ticks) AS gaps
             WHERE gap <> interval '200 milliseconds'
            """;
        (await bench.ExecuteAsync(gaps)).Should().Be(0L, "each nominal tick has one row");
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks WHERE state NOT IN ('sent', 'ran')")).Should().Be(0L, "no tick was missed");
        var written = (Guid[])(await bench.ExecuteAsync($"SELECT array_agg(task_id) FROM {rows} AS all_ticks"))!;
        bench.Broker.Accepted.Select(request => request.Message.Id).Should().OnlyHaveUniqueItems().And.BeEquivalentTo(written, "each row is one task and each task is a row");
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.set_aside")).Should().Be(0L, "no schedule is at fault");
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();
}
