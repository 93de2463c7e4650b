using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.World;

/// <summary>What administrators and failovers do to a database while beats work on it: no tick is lost and none is doubled.</summary>
public sealed class DatabaseIncidentTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("default_transaction_isolation = 'serializable'")]
    [InlineData("default_transaction_isolation = 'repeatable read'")]
    [InlineData("default_transaction_isolation = 'serializable'; ALTER ROLE {0} SET default_transaction_deferrable = on")]
    public async Task Isolation_that_the_role_prefers_costs_nothing(string setting)
    {
        await using var world = await World.OpenAsync(fixture);
        await world.ExecuteAsync($"ALTER ROLE {world.Role} SET {string.Format(System.Globalization.CultureInfo.InvariantCulture, setting, world.Role)}");

        await world.StartAsync();
        for (var round = 0; round < 5; round++)
        {
            await world.ShouldTickOnAsync();
        }

        await world.ShouldBalanceAsync();
        world.Bench.Log.Lines.Should().BeEmpty("no transaction failed");
    }

    [Fact]
    public async Task Role_that_may_only_read_for_a_while_costs_no_tick()
    {
        await using var world = await World.OpenAsync(fixture);
        await world.StartAsync();

        await world.ExecuteAsync($"ALTER ROLE {world.Role} SET default_transaction_read_only = on");
        await world.CutAsync();
        await world.ShouldNoticeAsync();
        await using var postgres = new Postgres(world.Bench.Options);
        var probe = new DatabaseProbe(postgres, TimeProvider.System);
        await probe.RunOnceAsync(CancellationToken.None);
        probe.Trouble.Should().EndWith("takes no writes: connect to the primary, or turn off default_transaction_read_only of the role or the database");
        await world.ExecuteAsync($"ALTER ROLE {world.Role} RESET default_transaction_read_only");

        await world.ShouldTickOnAsync();
        await world.ShouldBalanceAsync();
        await probe.RunOnceAsync(CancellationToken.None);
        probe.Trouble.Should().BeNull("a connection of that time is used no more");
    }

    [Theory]
    [InlineData("ALTER ROLE {0} CONNECTION LIMIT 0", "ALTER ROLE {0} CONNECTION LIMIT -1", "(too many connections for role \"{0}\"): raise max_connections, or the CONNECTION LIMIT of the role or the database")]
    [InlineData("ALTER DATABASE {1} CONNECTION LIMIT 0", "ALTER DATABASE {1} CONNECTION LIMIT -1", "(too many connections for database \"{1}\"): raise max_connections, or the CONNECTION LIMIT of the role or the database")]
    [InlineData("ALTER ROLE {0} NOLOGIN", "ALTER ROLE {0} LOGIN", "not permitted to log in")]
    public async Task Connection_that_is_refused_for_a_while_costs_no_tick(string refuse, string allow, string sentence)
    {
        await using var world = await World.OpenAsync(fixture);
        string Sql(string text) => string.Format(System.Globalization.CultureInfo.InvariantCulture, text, world.Role, world.Bench.Database);
        await world.StartAsync();

        await world.ExecuteAsync(Sql(refuse));
        await world.CutAsync();
        await world.ShouldNoticeAsync();
        await using var postgres = new Postgres(world.Bench.Options);
        await postgres.Awaiting(pool => pool.PingAsync(CancellationToken.None)).Should().ThrowAsync<DatabaseUnavailableException>().WithMessage($"*{Sql(sentence)}*");
        await world.ExecuteAsync(Sql(allow));

        await world.ShouldTickOnAsync();
        await world.ShouldBalanceAsync();
    }

    [Fact]
    public async Task One_connection_for_two_beats_is_enough_for_all_ticks()
    {
        await using var world = await World.OpenAsync(fixture);
        await world.ExecuteAsync($"ALTER ROLE {world.Role} CONNECTION LIMIT 1");

        await world.StartAsync();
        await world.ShouldTickOnAsync();

        await world.ShouldBalanceAsync();
    }

    [Theory]
    [InlineData("statement_timeout", "40ms")]
    [InlineData("statement_timeout", "5ms")]
    [InlineData("lock_timeout", "1ms")]
    [InlineData("idle_in_transaction_session_timeout", "1ms")]
    [InlineData("idle_session_timeout", "20ms")]
    public async Task Short_time_that_a_role_is_given_costs_no_tick(string setting, string time)
    {
        await using var world = await World.OpenAsync(fixture);
        await world.StartAsync();

        await world.ExecuteAsync($"ALTER ROLE {world.Role} SET {setting} = '{time}'");
        await world.CutAsync();
        for (var round = 0; round < 3; round++)
        {
            await world.ShouldTickOnAsync();
        }

        await world.ExecuteAsync($"ALTER ROLE {world.Role} RESET {setting}");
        await world.CutAsync();
        await world.ShouldTickOnAsync();
        await world.ShouldBalanceAsync();
    }

    [Fact]
    public async Task Tables_that_are_rewritten_again_and_again_cost_no_tick()
    {
        await using var world = await World.OpenAsync(fixture);
        await world.StartAsync();
        var tables = (string[])(await world.Bench.ExecuteAsync("SELECT array_agg(oid::regclass::text ORDER BY relname) FROM pg_class WHERE relnamespace = 'taskrunner'::regnamespace AND relkind = 'r'"))!;

        for (var round = 0; round < 3; round++)
        {
            foreach (var table in tables)
            {
                await world.ExecuteAsync($"VACUUM FULL {table}", $"REINDEX TABLE {table}");
            }

            await world.ExecuteAsync(
                "ALTER TABLE taskrunner.schedules ADD COLUMN of_somebody text", "ALTER TABLE taskrunner.ticks ADD COLUMN of_somebody text",
                "ALTER TABLE taskrunner.schedules DROP COLUMN of_somebody", "ALTER TABLE taskrunner.ticks DROP COLUMN of_somebody");
            await world.ShouldTickOnAsync();
        }

        await world.ShouldBalanceAsync();
    }
}
