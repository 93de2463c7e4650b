using FluentAssertions;
using Npgsql;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

[Collection(PostgresFixture.Name)]
public sealed class TicksTableTests(PostgresFixture fixture)
{
    private const string Partitions = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'taskrunner.ticks'::regclass";

    [Fact]
    public async Task Partitions_are_made_from_yesterday_to_the_days_ahead_and_a_second_call_makes_none()
    {
        var database = (await fixture.CreateMigratedAsync()).Database;

        var made = await ExecuteAsync(database, "SELECT made FROM taskrunner.maintain_ticks('7 days', 5)");
        var again = await ExecuteAsync(database, "SELECT made FROM taskrunner.maintain_ticks('7 days', 5)");

        (made, again).Should().Be((2, 0), "the migration makes three days ahead");
        var expected = await ExecuteAsync(database, "SELECT string_agg('ticks_' || to_char((now() AT TIME ZONE 'UTC')::date + n, 'YYYYMMDD'), ' ' ORDER BY n) || ' ticks_default' FROM generate_series(-1, 5) AS n");
        (await ExecuteAsync(database, Partitions)).Should().Be(expected);
    }

    [Fact]
    public async Task Partitions_that_are_wholly_over_their_time_are_dropped_with_what_is_in_the_default_one()
    {
        var database = (await fixture.CreateMigratedAsync()).Database;
        await ExecuteAsync(database, "CREATE TABLE taskrunner.ticks_20200101 PARTITION OF taskrunner.ticks FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-01-02 00:00+00')");
        await InsertAsync(database, "'2020-01-01 12:00+00'", "'2020-06-01 12:00+00'", "now() - interval '6 days 23 hours'", "now()");
        await ExecuteAsync(database, "UPDATE taskrunner.ticks SET state = 'ran', check_at = NULL, created_at = nominal");

        var dropped = await ExecuteAsync(database, "SELECT dropped FROM taskrunner.maintain_ticks('7 days', 3)");

        dropped.Should().Be(1);
        (await ExecuteAsync(database, "SELECT count(*) FROM taskrunner.ticks")).Should().Be(2L);
    }

    [Fact]
    public async Task Ticks_that_fell_into_the_default_partition_move_to_the_one_of_their_day()
    {
        var database = (await fixture.CreateMigratedAsync()).Database;
        await InsertAsync(database, "now() + interval '5 days'");
        (await ExecuteAsync(database, "SELECT count(*) FROM taskrunner.ticks_default")).Should().Be(1L);

        await ExecuteAsync(database, "SELECT taskrunner.maintain_ticks('7 days', 6)");

        (await ExecuteAsync(database, "SELECT count(*) FROM taskrunner.ticks_default")).Should().Be(0L);
        (await ExecuteAsync(database, "SELECT count(*) FROM taskrunner.ticks")).Should().Be(1L);
    }

    [Fact]
    public async Task Many_callers_at_once_make_each_partition_once()
    {
        var database = (await fixture.CreateMigratedAsync()).Database;

        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ExecuteAsync(database, "SELECT made FROM taskrunner.maintain_ticks('7 days', 8)")));

        made.Sum(count => (int)count!).Should().Be(5);
    }

    [Fact]
    public async Task User_who_may_only_call_it_maintains_partitions_and_others_may_not()
    {
        var database = (await fixture.CreateMigratedAsync()).Database;
        await ExecuteAsync(database, $"CREATE ROLE beat_{database}; GRANT USAGE ON SCHEMA taskrunner TO beat_{database}");
        var attempt = () => ExecuteAsync(database, $"SET ROLE beat_{database}; SELECT taskrunner.maintain_ticks('7 days', 5)");
        (await attempt.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.InsufficientPrivilege);

        await ExecuteAsync(database, $"GRANT EXECUTE ON FUNCTION taskrunner.maintain_ticks(interval, integer) TO beat_{database}");
        await ExecuteAsync(database, $"SET ROLE beat_{database}; SELECT taskrunner.maintain_ticks('7 days', 5)");

        (await fixture.Server.ScalarAsync<string>(database, Partitions)).Split(' ').Should().HaveCount(8);
    }

    [Fact]
    public async Task One_schedule_has_one_tick_an_instant()
    {
        var database = (await fixture.CreateMigratedAsync()).Database;
        var attempt = () => InsertAsync(database, "'2026-01-01 12:00+00'", "'2026-01-01 14:00+02'");

        (await attempt.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.UniqueViolation);
    }

    private Task<object?> InsertAsync(string database, params string[] nominals) => ExecuteAsync(
        database, $"INSERT INTO taskrunner.ticks (schedule_id, nominal) VALUES {string.Join(", ", nominals.Select(nominal => $"('00000000-0000-0000-0000-000000000001', {nominal})"))}");

    private Task<object?> ExecuteAsync(string database, string sql) => fixture.Server.ExecuteAsync(database, sql);
}
