using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

/// <summary>Databases that a released version made, with rows in them, brought up to date.</summary>
[Collection(PostgresFixture.Name)]
public sealed class UpgradeTests(PostgresFixture fixture)
{
    /// <summary>Fingerprints of what was released: such a file never changes again.</summary>
    public static TheoryData<int, string> Released => new() { { 1, "d19eb434de7f53c8037737d0c1af99c54de5e60e2b3aada3137f4fd239f42bbf" } };

    // Columns, indexes, constraints, triggers and functions, in words.
    private const string Shape = """
        SELECT string_agg(line, E'\n' ORDER BY line) FROM (
            SELECT format('column %s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS line FROM information_schema.columns WHERE table_schema = 'taskrunner'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'taskrunner'
            UNION ALL SELECT format('constraint %s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'taskrunner'::regnamespace
            UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT format('function %s %s', proname, prosrc) FROM pg_proc WHERE pronamespace = 'taskrunner'::regnamespace) AS lines
        """;

    [Theory]
    [MemberData(nameof(Released))]
    public void Released_migration_has_not_changed(int version, string checksum) =>
        Migration.All.Single(migration => migration.Version == version).Checksum.Should().StartWith(checksum);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Database_of_an_earlier_version_ends_up_as_a_fresh_one(int version)
    {
        var options = await fixture.CreateEmptyAsync();
        await using var postgres = new Postgres(options);
        await new Migrator(postgres, [.. Migration.All.Where(migration => migration.Version <= version)]).MigrateAsync(CancellationToken.None);

        await new Migrator(postgres).MigrateAsync(CancellationToken.None);

        var fresh = await fixture.CreateMigratedAsync();
        (await ExecuteAsync(options, Shape)).Should().Be(await ExecuteAsync(fresh, Shape));
    }

    [Fact]
    public async Task Schedules_and_results_of_the_first_version_are_kept()
    {
        var options = await FirstVersionAsync(
            """
            INSERT INTO taskrunner.schedules (name, cron, task, declared, next_due, last_due) VALUES ('declared', '0 * * * *', 'a', true, '2030-01-01Z', '2029-01-01Z');
            INSERT INTO taskrunner.schedules (name, every_ms, task, enabled) VALUES ('by-hand', 1000, 'b', false);
            INSERT INTO taskrunner.results (task_id, task, queue, state, attempts, redeliveries, enqueued_at, expires_at) VALUES (gen_random_uuid(), 'a', 'q', 'succeeded', 1, 0, now(), now() + interval '1 day');
            """);

        var rows = await ExecuteAsync(options, "SELECT string_agg(format('%s %s %s %s %s %s', name, source, next_due = '2030-01-01Z', last_due = '2029-01-01Z', enabled, overlap), '; ' ORDER BY name) FROM taskrunner.schedules");

        rows.Should().Be("by-hand hand   f allow; declared declared t t t allow");
        (await ExecuteAsync(options, "SELECT count(*) FROM taskrunner.results")).Should().Be(1L);
    }

    // A rollback of the program leaves the schema as it is.
    [Fact]
    public async Task Statements_of_the_first_version_work_on_after_the_upgrade()
    {
        var options = await FirstVersionAsync("INSERT INTO taskrunner.schedules (name, cron, task, declared) VALUES ('a', '0 * * * *', 'a', true)");

        await ExecuteAsync(
            options,
            """
            INSERT INTO taskrunner.schedules (name, cron, every_ms, timezone, task, queue, priority, arguments, enabled, catch_up, declared) VALUES ('b', NULL, 1000, 'UTC', 'b', 'q', 5, '{}', true, 'all', true);
            UPDATE taskrunner.schedules SET next_due = now(), last_due = now(), problem = NULL WHERE name = 'a';
            UPDATE taskrunner.schedules SET declared = false WHERE name = 'a';
            """);

        (await ExecuteAsync(options, "SELECT string_agg(name || ' ' || source || ' ' || revision, ', ' ORDER BY name) FROM taskrunner.schedules")).Should().Be("a hand 1, b declared 1");
    }

    public static TheoryData<int> Versions() => [.. Migration.All.SkipLast(1).Select(migration => migration.Version)];

    private async Task<DatabaseOptions> FirstVersionAsync(string rows)
    {
        var options = await fixture.CreateEmptyAsync();
        await using var postgres = new Postgres(options);
        await new Migrator(postgres, [.. Migration.All.Take(1)]).MigrateAsync(CancellationToken.None);
        await ExecuteAsync(options, rows);
        await new Migrator(postgres).MigrateAsync(CancellationToken.None);
        return options;
    }

    private Task<object?> ExecuteAsync(DatabaseOptions options, string sql) => fixture.Server.ExecuteAsync(options.Database, sql);
}
