using FluentAssertions;
using Npgsql;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>Rows of ticks go when they are over and old, and never because they are old.</summary>
[Collection(BeatPostgres.Name)]
public sealed class TickRetentionTests(PostgresFixture fixture)
{
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
        var maintain = () => bench.ExecuteAsync("SELECT dropped FROM taskrunner.maintain_ticks('7 days', 6)");
        var maintaining = maintain();
        await Eventually.TrueAsync(async () => await bench.ExecuteAsync("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'taskrunner.ticks'::regclass)") is true);

        await using var then = new NpgsqlCommand("LOCK TABLE taskrunner.ticks_20200101, taskrunner.ticks_default IN ROW EXCLUSIVE MODE NOWAIT; COMMIT", sweep);
        await then.ExecuteNonQueryAsync();

        var dropped = 0;
        try
        {
            dropped += (int)(await maintaining)!;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            dropped += (int)(await maintain())!;
        }

        dropped.Should().Be(1);
    }

    [Fact]
    public async Task Tick_of_a_time_to_come_stays_until_that_time_is_over()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal, state, check_at, created_at) VALUES (gen_random_uuid(), now() + interval '1 year', 'ran', NULL, now() - interval '1 year')");

        await bench.ExecuteAsync("SELECT taskrunner.maintain_ticks('7 days', 3)");

        (await bench.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks")).Should().Be(1L);
    }
}
