using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary><c>migrate</c> brings the schema, once and patiently.</summary>
[Collection(PostgresFixture.Name)]
public sealed class MigrateVerbTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Migrate_may_be_repeated()
    {
        var empty = await Postgres.CreateEmptyAsync();

        var first = await Program.RunAsync("migrate", "--database-url", empty.ToString());
        var second = await Program.RunAsync("migrate", "--database-url", empty.ToString());

        first.Output.Should().Contain("applied 0001");
        second.Lines.Should().Equal("The schema is up to date.");
    }

    [Fact]
    public async Task Migrate_does_not_take_the_home_of_the_installation_whose_beat_comes()
    {
        var empty = await Postgres.CreateEmptyAsync();

        await Program.SucceedAsync("migrate", "--database-url", empty.ToString());

        (await Postgres.Server.ScalarAsync<long>(empty.Database, "SELECT count(*) FROM taskrunner.namespaces")).Should().Be(0L);
    }

    [Fact]
    public async Task Migrate_waits_for_a_database_that_is_still_starting()
    {
        await using var late = await PostgresServer.StartNewAsync();
        var database = await late.CreateEmptyAsync();
        await late.StopAsync();

        var migrate = Program.RunAsync("migrate", "--database-url", database.ToString(), "--timeout", "60s");
        await late.StartAsync();

        (await migrate).Code.Should().Be(0);
    }

    [Fact]
    public async Task Migrate_without_patience_ends_with_three()
    {
        var outcome = await Program.RunAsync("migrate", "--database-url", "postgresql://nobody@127.0.0.1:1/none");

        outcome.Code.Should().Be(3);
        outcome.Error.Should().NotContain("Waiting");
    }
}
