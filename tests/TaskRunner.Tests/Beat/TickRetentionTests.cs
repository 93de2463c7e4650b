using FluentAssertions;
using Npgsql;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>Rows of ticks go when they are over and old, and never because they are old.</summary>
[Collection(BeatPostgres.Name)]
public sealed class TickRetentionTests(PostgresFixture fixture)
{
    private const string Insert = "INSERT INTO taskrunner.ticks (schedule_id, nominal, check_at)";

    private const string Of = "PARTITION OF taskrunner.ticks FOR VALUES";

    [Fact]
    public async Task Ticks_that_are_caught_up_on_outlive_beats_that_start_while_the_broker_is_away()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("daily", "every_ms = 86400000", "catch_up = 'all', catch_up_limit = 1000, catch_up_window_ms = 5184000000, next_due = date_trunc('day', now() - interval '30 days')");
        bench.Broker.Before = _ => throw new BrokerUnavailableException("away");
        bench.Start("beat-1");
        await Eventually.TrueAsync(async () => await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks") is 31L);
        bench.Start("beat-2");
        await BeatBench.UntilAsync("the second one has found the broker away", () => bench.Log.Lines.Count(line => line.Contains("The broker is unavailable", StringComparison.Ordinal)) >= 2);
        await bench.ExecuteAsync("SELECT taskrunner.maintain_ticks('7 days', 3)");

        bench.Broker.Before = _ => { };

        await BeatBench.UntilAsync("all have run", () => bench.IdsOf("daily").Count == 31);
        await bench.StopAsync();
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks")).Should().Be(31L);
    }

    [Theory]
    [InlineData("state = 'pending', check_at = now()", true)]
    [InlineData("state = 'buffered', check_at = now()", true)]
    [InlineData("state = 'sent', sent_at = now(), check_at = now()", true)]
    [InlineData("state = 'ran', check_at = NULL, created_at = now()", true)]
    [InlineData("state = 'ran', check_at = NULL", false)]
    [InlineData("state = 'sent', check_at = NULL", false)]
    [InlineData("state = 'skipped', check_at = NULL", false)]
    [InlineData("state = 'refused', check_at = NULL, created_at = 'infinity'", false)]
    public async Task Row_stays_while_it_is_not_over_or_was_written_within_the_time_to_live(string row, bool stays)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync("CREATE TABLE taskrunner.ticks_20200101 PARTITION OF taskrunner.ticks FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-01-02 00:00+00')");
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal, created_at) SELECT gen_random_uuid(), nominal, nominal FROM unnest(ARRAY['2020-01-01 12:00+00', '2020-06-01 12:00+00']::timestamptz[]) AS nominal");
        await bench.ExecuteAsync($"UPDATE taskrunner.ticks SET {row}");

        var dropped = await bench.ExecuteAsync("SELECT dropped FROM taskrunner.maintain_ticks('7 days', 3)");

        dropped.Should().Be(stays ? 0 : 1);
        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks")).Should().Be(stays ? 2L : 0L);
    }

    [Fact]
    public async Task Partitions_are_not_locked_while_a_sweep_holds_the_table_that_they_belong_to()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync("CREATE TABLE taskrunner.ticks_20200101 PARTITION OF taskrunner.ticks FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-01-02 00:00+00')");
        var url = $"Host=127.0.0.1;Port={fixture.Server.Port};Username={PostgresServer.User};Password={PostgresServer.Password};Database={bench.Options.Database};Pooling=false";
        await using var sweep = new NpgsqlConnection(url);
        await sweep.OpenAsync();
        await using var first = new NpgsqlCommand("BEGIN; LOCK TABLE ONLY taskrunner.ticks IN ROW EXCLUSIVE MODE", sweep);
        await first.ExecuteNonQueryAsync();
        // A call waits for the lock for half a second; the next one waits again.
        var maintaining = MaintainAsync();
        await Eventually.TrueAsync(async () => await bench.ExecuteAsync("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'taskrunner.ticks'::regclass)") is true);

        await using var then = new NpgsqlCommand("LOCK TABLE taskrunner.ticks_20200101, taskrunner.ticks_default IN ROW EXCLUSIVE MODE NOWAIT; COMMIT", sweep);
        await then.ExecuteNonQueryAsync();

        (await maintaining).Should().Be(1);

        async Task<int> MaintainAsync()
        {
            var dropped = 0;
            while (dropped == 0)
            {
                dropped = await bench.ScalarAsync<int>("SELECT dropped FROM taskrunner.maintain_ticks('7 days', 6)");
            }

            return dropped;
        }
    }

    [Fact]
    public async Task Tick_of_a_time_to_come_stays_until_that_time_is_over()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal, state, check_at, created_at) VALUES (gen_random_uuid(), now() + interval '1 year', 'ran', NULL, now() - interval '1 year')");

        await bench.ExecuteAsync("SELECT taskrunner.maintain_ticks('7 days', 3)");

        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks")).Should().Be(1L);
    }

    [Theory]
    [InlineData("CREATE VIEW public.mine AS SELECT * FROM taskrunner.ticks_20200101", "7 days", 7, 1)]
    [InlineData("ALTER TABLE taskrunner.ticks_20200101 OWNER TO CURRENT_USER", "7 days", 7, 1)]
    [InlineData($"{Insert} SELECT gen_random_uuid(), date_trunc('day', now(), 'UTC') + interval '5.5 days', NULL", "7 days", 6, 2)]
    [InlineData($"CREATE TABLE taskrunner.ticks_20201399 {Of} FROM ('2020-03-01') TO ('2020-03-02')", "7 days", 7, 2)]
    [InlineData($"{Insert} SELECT gen_random_uuid(), '2019-01-01', NULL", "300000 years", 7, 0)]
    [InlineData("SELECT", "-300000 years", 7, 2)]
    [InlineData("SELECT", "infinite", 7, 0)]
    public async Task What_cannot_be_done_with_one_partition_keeps_no_other_from_being_made_or_dropped(
        string curse, string timeToLive, int made, int dropped)
    {
        await using var world = await World.World.OpenAsync(fixture);
        foreach (var day in new[] { "20200101", "20200102" })
        {
            var bounds = $"FROM ('{day} 00:00+00') TO ('{day} 24:00+00')";
            await world.ExecuteAsync($"SET ROLE {world.Role}; CREATE TABLE taskrunner.ticks_{day} {Of} {bounds}");
        }

        await world.ExecuteAsync(
            "CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            "CREATE TRIGGER keep BEFORE DELETE ON taskrunner.ticks FOR EACH ROW EXECUTE FUNCTION public.keep()",
            curse);
        await world.ExecuteAsync($"SELECT taskrunner.maintain_ticks({(timeToLive == "infinite" ? "NULL" : $"'{timeToLive}'")}, 10)");

        var partitions = await world.Bench.ScalarAsync<string[]>(
            """
            SELECT array_agg(relname::text) FROM pg_inherits JOIN pg_class ON oid = inhrelid
             WHERE inhparent = 'taskrunner.ticks'::regclass AND relname NOT IN ('ticks_default', 'ticks_20201399')
            """);
        partitions.Count(name => !name.StartsWith("ticks_2020", StringComparison.Ordinal)).Should().Be(5 + made);
        partitions.Count(name => name.StartsWith("ticks_2020", StringComparison.Ordinal)).Should().Be(2 - dropped);
    }

    [Fact]
    public async Task Partition_that_somebody_holds_keeps_no_other_from_being_made_or_dropped()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(
            """
            CREATE TABLE taskrunner.ticks_20200101 PARTITION OF taskrunner.ticks
                FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-01-02 00:00+00');
            CREATE TABLE taskrunner.ticks_20200102 PARTITION OF taskrunner.ticks
                FOR VALUES FROM ('2020-01-02 00:00+00') TO ('2020-01-03 00:00+00')
            """);
        await using var holder = new NpgsqlConnection(
            $"Host=127.0.0.1;Port={fixture.Server.Port};Username={PostgresServer.User};Password={PostgresServer.Password};"
            + $"Database={bench.Options.Database};Pooling=false");
        await holder.OpenAsync();
        await using var hold = new NpgsqlCommand("BEGIN; SELECT FROM taskrunner.ticks_20200101", holder);
        await hold.ExecuteNonQueryAsync();
        await using var postgres = new Postgres(bench.Options);
        var last = await bench.ScalarAsync<string>("SELECT to_char((now() AT TIME ZONE 'UTC') + interval '3 days', 'YYYYMMDD')");
        await bench.ExecuteAsync($"DROP TABLE taskrunner.ticks_{last}");

        var janitor = new TickJanitor(postgres, TimeSpan.FromDays(7), TimeProvider.System, bench.Log);
        await janitor.RunOnceAsync(CancellationToken.None);
        await janitor.RunOnceAsync(CancellationToken.None);

        bench.Log.Lines.Should().HaveCount(2, "what is known already is told once");
        bench.Log.Lines.Should().ContainSingle(line => line == "Information: Ticks: 1 partitions made, 1 dropped");
        var warning = "Warning: Ticks: partition ticks_20200101";
        bench.Log.Lines.Should().ContainSingle(line => line.StartsWith(warning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("100 days", "now() - interval '40 days'")]
    [InlineData("300000 years", "now()")]
    public async Task Installation_whose_beats_have_not_been_seen_for_long_keeps_its_ticks(string timeToLive, string seenAt)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await using var postgres = new Postgres(bench.Options);
        await bench.ExecuteAsync(
            $"""
            INSERT INTO taskrunner.namespaces (namespace, is_home, tick_ttl, seen_at) VALUES ('other', false, '{timeToLive}', {seenAt});
            INSERT INTO taskrunner.ticks (schedule_id, nominal, state, check_at, created_at)
            SELECT gen_random_uuid(), t, 'ran', NULL, t FROM (VALUES (now() - interval '20 days')) AS v (t)
            """);

        await new TickJanitor(postgres, TimeSpan.FromDays(7), TimeProvider.System, bench.Log).RunOnceAsync(CancellationToken.None);

        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks")).Should().Be(1L);
        bench.Log.Lines.Should().BeEmpty();
    }
}
