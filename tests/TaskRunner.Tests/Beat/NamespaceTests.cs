using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>Several installations on one database.</summary>
[Collection(BeatPostgres.Name)]
public sealed class NamespaceTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Two_namespaces_on_one_database_never_see_each_others_rows()
    {
        var options = await fixture.CreateMigratedAsync();
        await using var shop = new BeatBench(fixture.Server, options with { Namespace = "shop" });
        await using var erp = new BeatBench(fixture.Server, options with { Namespace = "erp" });
        ScheduleDeclaration[] declared = [.. new[] { "cleanup", "report" }.Select(name => Every(name))];
        shop.Start("beat-shop", declared);
        await BeatBench.UntilAsync("shop ticks", () => shop.IdsOf("cleanup").Count > 1);
        erp.Start("beat-erp", [Every("cleanup"), Every("erp only")]);
        await BeatBench.UntilAsync("erp ticks", () => erp.IdsOf("cleanup").Count > 1);
        await erp.ExecuteAsync("INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('by hand', 100, 'home'); INSERT INTO taskrunner.schedules (namespace, name, every_ms, task) VALUES ('erp', 'by hand', 100, 'erp')");

        await BeatBench.UntilAsync("both tick", () => shop.IdsOf("report").Count > 3 && erp.IdsOf("erp only").Count > 3 && shop.IdsOf("by hand").Count > 3 && erp.IdsOf("by hand").Count > 3);
        await erp.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal) SELECT id, now() - interval '1 hour' FROM taskrunner.schedules WHERE namespace = 'erp' AND name = 'by hand'");
        await Eventually.TrueAsync(async () => await erp.ExecuteAsync("SELECT bool_and(state <> 'pending') FROM taskrunner.ticks WHERE nominal < now() - interval '50 minutes'") is true, TimeSpan.FromSeconds(60));
        await shop.StopAsync();
        await erp.StopAsync();

        shop.Broker.Accepted.Should().NotContain(request => request.Message.Schedule == "erp only").And.NotContain(request => request.Message.Task == "erp");
        erp.Broker.Accepted.Should().NotContain(request => request.Message.Schedule == "report").And.NotContain(request => request.Message.Task == "home");
        shop.Broker.Accepted.Select(request => request.Message.Id).Should().NotIntersectWith(erp.Broker.Accepted.Select(request => request.Message.Id));
        (await erp.ExecuteAsync("SELECT string_agg(format('%s/%s', namespace, name), ' ' ORDER BY namespace, name) FROM taskrunner.schedules")).Should().Be("/by hand /cleanup /report erp/by hand erp/cleanup erp/erp only");
        await using var postgres = new Postgres(options with { Namespace = "erp" });
        var table = new ScheduleTable(postgres);
        (await table.ListAsync(CancellationToken.None)).Select(row => row.Schedule.Name).Should().Equal("by hand", "cleanup", "erp only");
        (await table.FindAsync("report", CancellationToken.None)).Should().BeNull();
        (await table.RemoveAsync("report", CancellationToken.None)).Should().BeFalse();
        (await table.PauseAsync("cleanup", null, null, CancellationToken.None)).Should().BeTrue();
        (await erp.ExecuteAsync("SELECT string_agg(namespace, ' ') FROM taskrunner.schedules WHERE NOT enabled")).Should().Be("erp");
    }

    [Fact]
    public async Task Rows_of_before_belong_to_the_installation_that_comes_first()
    {
        var options = await fixture.CreateEmptyAsync();
        await using var postgres = new Postgres(options);
        await new Migrator(postgres, [.. Migration.All.Where(migration => migration.Version <= 4)]).MigrateAsync(CancellationToken.None);
        await fixture.Server.ExecuteAsync(options.Database, "INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('old', 100, 't')");
        await new Migrator(postgres).MigrateAsync(CancellationToken.None);
        await using var bench = new BeatBench(fixture.Server, options with { Namespace = "shop" });

        bench.Start();

        await BeatBench.UntilAsync("it ticks", () => bench.IdsOf("old").Count > 1);
        (await bench.ExecuteAsync("SELECT string_agg(format('%s %s', namespace, is_home), ',') FROM taskrunner.namespaces")).Should().Be("shop t");
    }

    [Fact]
    public async Task Statements_of_the_version_before_work_on_while_there_is_one_installation()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.Create().RunOnceAsync(CancellationToken.None);

        await bench.ExecuteAsync(
            """
            INSERT INTO taskrunner.schedules (name, enabled, source, every_ms, task) VALUES ('a', true, 'declared', 86400000, 't') ON CONFLICT (name) DO NOTHING;
            INSERT INTO taskrunner.schedules (name, enabled, source, every_ms, task) VALUES ('a', true, 'declared', 86400000, 't') ON CONFLICT (name) DO NOTHING;
            INSERT INTO taskrunner.ticks (schedule_id, nominal, task_id, state, check_at) SELECT id, now(), gen_random_uuid(), 'pending', now() FROM taskrunner.schedules ON CONFLICT DO NOTHING;
            INSERT INTO taskrunner.beats (name, seen_at, version) VALUES ('old', now(), '0') ON CONFLICT (name) DO UPDATE SET seen_at = now(), version = excluded.version;
            """);
        await bench.Create("beat-2").RunOnceAsync(CancellationToken.None);

        bench.IdsOf("a").Should().ContainSingle();
    }

    [Fact]
    public async Task Tables_may_be_in_a_schema_of_another_name()
    {
        var options = await fixture.CreateEmptyAsync() with { Schema = "jobs_2" };
        await using var postgres = new Postgres(options);
        await new Migrator(postgres).MigrateAsync(CancellationToken.None);
        await using var bench = new BeatBench(fixture.Server, options);
        await bench.ExecuteAsync("INSERT INTO jobs_2.schedules (name, every_ms, task, ends_at) VALUES ('s', 100, 't', '9999-12-31 23:59:59-05')");

        bench.Start("beat-1", Every("declared"));

        await BeatBench.UntilAsync("it ticks", () => bench.IdsOf("s").Count > 1 && bench.IdsOf("declared").Count > 1);
        await bench.StopAsync();
        await new TickJanitor(postgres, TimeSpan.FromDays(7), TimeProvider.System, bench.Log).RunOnceAsync(CancellationToken.None);
        (await bench.ExecuteAsync("SELECT to_regnamespace('taskrunner') IS NULL")).Should().Be(true);
        (await bench.ExecuteAsync("SELECT count(*) FROM pg_inherits WHERE inhparent = 'jobs_2.ticks'::regclass")).Should().Be(6L);
        bench.Log.Lines.Should().NotContain(line => line.Contains("taskrunner", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Longest_time_to_live_of_the_installations_counts()
    {
        var options = await fixture.CreateMigratedAsync();
        await using var shop = new Postgres(options with { Namespace = "shop", Registers = true });
        await using var erp = new Postgres(options with { Namespace = "erp", Registers = true });
        await fixture.Server.ExecuteAsync(options.Database, "INSERT INTO taskrunner.ticks (schedule_id, nominal, state, check_at, created_at) SELECT gen_random_uuid(), t, 'ran', NULL, t FROM (VALUES (now() - interval '20 days')) AS v (t)");
        var log = new RecordingLog();
        await new TickJanitor(shop, TimeSpan.FromDays(30), TimeProvider.System, log).RunOnceAsync(CancellationToken.None);

        await new TickJanitor(erp, TimeSpan.FromDays(1), TimeProvider.System, log).RunOnceAsync(CancellationToken.None);

        (await fixture.Server.ExecuteAsync(options.Database, "SELECT count(*) FROM taskrunner.ticks")).Should().Be(1L);
    }

    [Fact]
    public async Task Whoever_only_looks_does_not_become_the_first_installation()
    {
        var options = await fixture.CreateMigratedAsync();
        await using var looks = new Postgres(options with { Namespace = "default" });
        await new ScheduleTable(looks).ListAsync(CancellationToken.None);

        (await fixture.Server.ExecuteAsync(options.Database, "SELECT count(*) FROM taskrunner.namespaces")).Should().Be(0L);
    }

    private static ScheduleDeclaration Every(string name) => new() { Name = name, Timing = new() { Every = TimeSpan.FromMilliseconds(100) }, Task = name, Queue = "q", Priority = 5 };
}
