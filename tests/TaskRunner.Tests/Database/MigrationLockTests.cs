using System.Collections.Concurrent;
using FluentAssertions;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

/// <summary>Migrations beside sessions that hold locks on the tables, as a pg_dump does.</summary>
[Collection(PostgresFixture.Name)]
public sealed class MigrationLockTests(PostgresFixture fixture)
{
    private const string Waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'taskrunner.schedules'::regclass AND mode = 'AccessExclusiveLock')";

    [Fact]
    public async Task Readers_are_answered_while_migrate_waits_for_a_session_that_reads_for_long()
    {
        var options = await StartAsync();
        var told = new ConcurrentQueue<string>();
        await using var postgres = new Postgres(options);
        await using var dump = await HoldAsync(options.Database);
        var migrate = new Migrator(postgres) { Tell = sentence => Task.Run(() => told.Enqueue(sentence)) }.MigrateAsync(CancellationToken.None);

        for (var n = 0; n < 3; n++)
        {
            await Eventually.TrueAsync(async () => await fixture.Server.ScalarAsync<bool>(options.Database, Waiting));
            (await fixture.Server.ScalarAsync<long>(options.Database, "SELECT count(*) FROM taskrunner.schedules")).Should().Be(0L);
            await Eventually.TrueAsync(async () => !await fixture.Server.ScalarAsync<bool>(options.Database, Waiting));
        }

        await dump.DisposeAsync();

        (await migrate).Should().Contain("0006_problems").And.Contain("0007_namespaces");
        told.Should().ContainSingle().Which.Should().Contain("hold locks on the tables");
    }

    [Fact]
    public async Task Migrate_that_never_gets_its_locks_says_what_to_do()
    {
        var options = await StartAsync();
        await using var postgres = new Postgres(options);
        await using var dump = await HoldAsync(options.Database);

        var migrate = () => new Migrator(postgres) { Patience = TimeSpan.Zero }.MigrateAsync(CancellationToken.None);

        (await migrate.Should().ThrowAsync<MigrationException>()).Which.Message.Should().StartWith("Migration 0006_problems got no lock").And.Contain("end the pg_dump or the open transaction").And.NotContain("\n");
    }

    private async Task<DatabaseOptions> StartAsync()
    {
        var options = await fixture.CreateEmptyAsync();
        await using var postgres = new Postgres(options);
        await new Migrator(postgres, [.. Migration.All.Where(migration => migration.Version <= 5)]).MigrateAsync(CancellationToken.None);
        return options;
    }

    private async Task<NpgsqlConnection> HoldAsync(string database)
    {
        var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={fixture.Server.Port};Username={PostgresServer.User};Password={PostgresServer.Password};Database={database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("BEGIN; LOCK TABLE taskrunner.schedules IN ACCESS SHARE MODE", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }
}
