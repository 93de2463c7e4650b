using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

[Collection(PostgresFixture.Name)]
public sealed class MigratorTests(PostgresFixture fixture)
{
    private static readonly Migration First = new(1, "first", "CREATE TABLE taskrunner.a (n integer);");
    private static readonly Migration Second = new(2, "second", "CREATE TABLE taskrunner.b (n integer); INSERT INTO taskrunner.b VALUES (1);");

    [Fact]
    public async Task Fresh_database_gets_every_migration_in_order()
    {
        await using var postgres = new Postgres(await fixture.CreateEmptyAsync());

        var applied = await new Migrator(postgres).MigrateAsync(CancellationToken.None);

        applied.Should().Equal(Migration.All.Select(migration => migration.FullName)).And.StartWith("0001_initial");
        (await new Migrator(postgres).IsCurrentAsync(CancellationToken.None)).Should().BeTrue();
    }

    [Fact]
    public async Task Second_run_applies_nothing()
    {
        await using var postgres = new Postgres(await fixture.CreateEmptyAsync());
        await new Migrator(postgres).MigrateAsync(CancellationToken.None);

        var applied = await new Migrator(postgres).MigrateAsync(CancellationToken.None);

        applied.Should().BeEmpty();
    }

    [Fact]
    public async Task Only_missing_migrations_are_applied()
    {
        await using var postgres = new Postgres(await fixture.CreateEmptyAsync());
        await new Migrator(postgres, [First]).MigrateAsync(CancellationToken.None);

        var applied = await new Migrator(postgres, [First, Second]).MigrateAsync(CancellationToken.None);

        applied.Should().Equal("0002_second");
    }

    [Fact]
    public async Task Eight_migrators_at_once_apply_each_migration_once()
    {
        var options = await fixture.CreateEmptyAsync();

        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var postgres = new Postgres(options);
            return await new Migrator(postgres, [First, Second]).MigrateAsync(CancellationToken.None);
        }));

        runs.SelectMany(applied => applied).Should().BeEquivalentTo("0001_first", "0002_second");
        (await fixture.Server.ExecuteAsync(options.Database, "SELECT count(*) FROM taskrunner.b")).Should().Be(1L);
    }

    [Fact]
    public async Task Empty_database_has_every_migration_pending()
    {
        await using var postgres = new Postgres(await fixture.CreateEmptyAsync());

        var pending = await new Migrator(postgres, [First, Second]).PendingAsync(CancellationToken.None);

        pending.Should().Equal("0001_first", "0002_second");
    }

    [Fact]
    public async Task Failing_migration_leaves_nothing_of_itself_and_keeps_those_before_it()
    {
        var options = await fixture.CreateEmptyAsync();
        await using var postgres = new Postgres(options);
        var broken = new Migration(2, "broken", "CREATE TABLE taskrunner.half (n integer); SELECT 1 FROM nowhere;");

        var migrate = () => new Migrator(postgres, [First, broken]).MigrateAsync(CancellationToken.None);

        await migrate.Should().ThrowAsync<DatabaseUnavailableException>();
        (await fixture.Server.ExecuteAsync(options.Database, "SELECT to_regclass('taskrunner.half') IS NULL AND to_regclass('taskrunner.a') IS NOT NULL")).Should().Be(true);
        (await new Migrator(postgres, [First, broken]).PendingAsync(CancellationToken.None)).Should().Equal("0002_broken");
    }

    [Fact]
    public async Task Changed_migration_is_refused()
    {
        await using var postgres = new Postgres(await fixture.CreateEmptyAsync());
        await new Migrator(postgres, [First]).MigrateAsync(CancellationToken.None);

        var migrate = () => new Migrator(postgres, [First with { Sql = First.Sql + " -- edited" }, Second]).MigrateAsync(CancellationToken.None);

        await migrate.Should().ThrowAsync<MigrationException>().WithMessage("Migration 0001_first was changed after it was applied*");
        (await new Migrator(postgres, [First, Second]).PendingAsync(CancellationToken.None)).Should().Equal("0002_second");
    }

    [Fact]
    public void Line_endings_do_not_change_a_checksum()
    {
        new Migration(1, "a", "SELECT 1;\r\nSELECT 2;\r\n").Checksum.Should().Be(new Migration(1, "a", "SELECT 1;\nSELECT 2;\n").Checksum);
        new Migration(1, "a", "SELECT 1;").Checksum.Should().NotBe(new Migration(1, "a", "SELECT 2;").Checksum);
    }

    [Fact]
    public async Task Newer_database_is_refused_for_migration_and_good_enough_for_running()
    {
        await using var postgres = new Postgres(await fixture.CreateEmptyAsync());
        await new Migrator(postgres, [First, Second]).MigrateAsync(CancellationToken.None);
        var older = new Migrator(postgres, [First]);

        var migrate = () => older.MigrateAsync(CancellationToken.None);

        await migrate.Should().ThrowAsync<MigrationException>().WithMessage("The database is newer than this program: migration 0002_second*knows up to 0001*");
        (await older.IsCurrentAsync(CancellationToken.None)).Should().BeTrue();
    }

    [Fact]
    public async Task User_without_rights_on_the_database_can_migrate_a_schema_that_an_administrator_made()
    {
        var options = await fixture.CreateEmptyAsync();
        await fixture.Server.ExecuteAsync("postgres", $"CREATE ROLE small_{options.Database} LOGIN PASSWORD '{PostgresServer.Password}'");
        await fixture.Server.ExecuteAsync(options.Database, $"CREATE SCHEMA taskrunner AUTHORIZATION small_{options.Database}");
        await using var postgres = new Postgres(options with { User = $"small_{options.Database}" });

        var applied = await new Migrator(postgres).MigrateAsync(CancellationToken.None);

        applied.Should().Contain("0001_initial");
    }

    [Fact]
    public async Task User_without_any_rights_is_told_so()
    {
        var options = await fixture.CreateEmptyAsync();
        await fixture.Server.ExecuteAsync("postgres", $"CREATE ROLE none_{options.Database} LOGIN PASSWORD '{PostgresServer.Password}'");

        await ShouldFailAsync(options with { User = $"none_{options.Database}" }, "may not do this in database");
    }

    [Fact]
    public async Task Wrong_password_is_explained()
    {
        var options = await fixture.CreateEmptyAsync();

        var message = await ShouldFailAsync(options with { Password = () => "hunter2" }, "refused the login of user 'taskrunner'", "check the user, the password");

        message.Should().NotContain("hunter2");
    }

    [Fact]
    public async Task Missing_password_is_explained()
    {
        var options = await fixture.CreateEmptyAsync();

        await ShouldFailAsync(options with { Password = null }, "asks for a password and none is given");
    }

    [Fact]
    public async Task Absent_database_is_explained()
    {
        await ShouldFailAsync(fixture.Server.Options("absent"), "has no database 'absent'", "create it or correct the URL");
    }

    [Fact]
    public async Task Refused_connection_is_explained()
    {
        await ShouldFailAsync(fixture.Server.Options("tasks") with { Port = 1 }, "cannot be reached", "127.0.0.1:1", "'tasks'", "check host and port");
    }

    [Fact]
    public async Task Unknown_host_is_explained()
    {
        await ShouldFailAsync(fixture.Server.Options("tasks") with { Host = "no-such-host.invalid" }, "the host name 'no-such-host.invalid' is unknown");
    }

    [Fact]
    public async Task Server_without_encryption_is_explained_when_encryption_is_required()
    {
        await ShouldFailAsync(fixture.Server.Options("postgres") with { Tls = DatabaseTls.Require }, "does not offer TLS");
    }

    private static async Task<string> ShouldFailAsync(DatabaseOptions options, params string[] parts)
    {
        await using var postgres = new Postgres(options);
        var migrate = () => new Migrator(postgres).MigrateAsync(CancellationToken.None);

        var message = (await migrate.Should().ThrowAsync<DatabaseUnavailableException>()).Which.Message;

        message.Should().ContainAll(parts).And.NotContain("\n").And.EndWith(".").And.NotContain(PostgresServer.Password);
        return message;
    }
}
