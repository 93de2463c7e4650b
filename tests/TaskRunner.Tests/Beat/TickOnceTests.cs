using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>A nominal tick has one row and one task, whatever becomes of <c>next_due</c>, the broker's memory or the table of schedules.</summary>
[Collection(BeatPostgres.Name)]
public sealed class TickOnceTests(PostgresFixture fixture)
{
    private const string States = "SELECT string_agg(format('%s %s', count, state), ', ' ORDER BY state) FROM (SELECT count(*), state FROM taskrunner.ticks GROUP BY state) AS states";

    [Fact]
    public async Task Next_due_that_moves_back_sends_no_tick_again()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("hourly", "every_ms = 3600000", "catch_up = 'all', catch_up_limit = 1000, catch_up_window_ms = 864000000, next_due = date_trunc('hour', now() - interval '40 hours')");
        var beat = bench.Create();
        await beat.RunOnceAsync(CancellationToken.None);
        bench.Broker.Accepted.Should().HaveCount(41);

        // Later than a broker remembers an id.
        bench.Broker.Forget();
        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET next_due = date_trunc('hour', now() - interval '43 hours')");
        await beat.RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().HaveCount(44, "three ticks are new");
        bench.Broker.Accepted.Select(request => request.Message.Id).Should().OnlyHaveUniqueItems();
        (await bench.ExecuteAsync(States)).Should().Be("44 sent");
    }

    [Fact]
    public async Task Tick_that_was_skipped_never_runs()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("hourly", "every_ms = 3600000", "catch_up = 'latest', next_due = date_trunc('hour', now() - interval '20 hours')");
        var beat = bench.Create();
        await beat.RunOnceAsync(CancellationToken.None);
        (await bench.ExecuteAsync(States)).Should().Be("1 sent, 20 skipped");

        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET catch_up = 'all', catch_up_limit = 1000, catch_up_window_ms = 864000000, next_due = date_trunc('hour', now() - interval '20 hours')");
        await beat.RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().ContainSingle();
        (await bench.ExecuteAsync(States)).Should().Be("1 sent, 20 skipped");
    }

    [Fact]
    public async Task Ticks_that_were_missed_are_told_of_in_a_row_that_was_there_before()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("hourly", "every_ms = 3600000", "catch_up = 'latest', next_due = date_trunc('hour', now() - interval '40 hours')");
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal, state, check_at) SELECT id, date_trunc('hour', now()), 'ran', NULL FROM taskrunner.schedules");

        await bench.Create().RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().BeEmpty();
        (await bench.ExecuteAsync("SELECT format('%s %s', missed_count, nominal - missed_since) FROM taskrunner.ticks WHERE state = 'ran'")).Should().Be("40 1 day 16:00:00");
    }

    [Fact]
    public async Task Schedules_that_were_restored_beside_their_ticks_send_none_again()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("minutely", "every_ms = 60000", "catch_up = 'all', catch_up_limit = 1000, next_due = date_trunc('minute', now() - interval '30 minutes')");
        await bench.ExecuteAsync("CREATE TABLE dump AS SELECT * FROM taskrunner.schedules");
        var beat = bench.Create();
        await beat.RunOnceAsync(CancellationToken.None);
        var sent = bench.Broker.Accepted.Count;

        bench.Broker.Forget();
        await bench.ExecuteAsync("DELETE FROM taskrunner.schedules; INSERT INTO taskrunner.schedules SELECT * FROM dump");
        await beat.RunOnceAsync(CancellationToken.None);

        sent.Should().Be(31);
        bench.Broker.Accepted.Count.Should().BeLessThanOrEqualTo(sent + 1, "a minute may have passed");
    }
}
