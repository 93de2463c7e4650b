using System.Globalization;
using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>What becomes of ticks that are rows already.</summary>
[Collection(BeatPostgres.Name)]
public sealed class TickConfirmTests(PostgresFixture fixture)
{
    private const string Tick = "SELECT concat_ws(' ', state, reason, outcome, CASE WHEN resent > 0 THEN 'resent ' || resent END, CASE WHEN check_at IS NULL THEN 'closed' END) FROM taskrunner.ticks";

    [Fact]
    public async Task Tick_that_somebody_wrote_by_hand_is_enqueued_at_once()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("yearly", "cron = '@yearly'", "arguments = '{\"a\": 1}'");

        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal) SELECT id, '2026-05-05 05:05:05.5+00' FROM taskrunner.schedules");
        await bench.Create().RunOnceAsync(CancellationToken.None);

        var id = await bench.ScalarAsync<Guid>("SELECT id FROM taskrunner.schedules");
        bench.Broker.Accepted.Should().ContainSingle().Which.Message.Id.Should().Be(TickId.Of(id, DateTimeOffset.Parse("2026-05-05T05:05:05.5Z", CultureInfo.InvariantCulture)));
        (await bench.ExecuteAsync(Tick)).Should().Be("sent");
    }

    [Fact]
    public async Task Pending_tick_of_a_schedule_that_was_removed_is_skipped()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal) VALUES (gen_random_uuid(), now())");

        await bench.Create().RunOnceAsync(CancellationToken.None);

        (await bench.ExecuteAsync(Tick)).Should().Be("skipped the schedule was removed closed");
        (await bench.ExecuteAsync("SELECT sent_at IS NULL FROM taskrunner.ticks")).Should().Be(true, "it was never sent");
    }

    [Theory]
    [InlineData("succeeded", "ran succeeded closed")]
    [InlineData("dead", "ran dead closed")]
    [InlineData("retrying", "sent")]
    public async Task Tick_is_closed_by_the_final_result_of_its_task(string state, string expected)
    {
        await using var bench = await SentAsync();
        await bench.ExecuteAsync(
            $"""
            INSERT INTO taskrunner.results (task_id, task, queue, state, attempts, redeliveries, enqueued_at, started_at, finished_at, expires_at)
            SELECT task_id, 't', 'q', '{state}', 1, 0, now(), now(), now(), now() + interval '1 day' FROM taskrunner.ticks
            """);

        await bench.LookAsync(bench.Create());

        (await bench.ExecuteAsync(Tick)).Should().Be(expected);
        bench.Broker.Accepted.Should().ContainSingle();
        (await bench.ExecuteAsync("SELECT (started_at IS NOT NULL) = (state = 'ran') FROM taskrunner.ticks")).Should().Be(true);
    }

    [Fact]
    public async Task Tick_that_the_broker_still_knows_is_not_sent_again_and_is_looked_at_half_as_often()
    {
        await using var bench = await SentAsync();
        await bench.ExecuteAsync("UPDATE taskrunner.ticks SET sent_at = now() - interval '5 minutes'");

        await bench.LookAsync(bench.Create());

        bench.Broker.Accepted.Should().ContainSingle();
        bench.Broker.Duplicates.Should().Be(1);
        (await bench.ExecuteAsync("SELECT state = 'sent' AND resent = 0 AND check_at BETWEEN now() + interval '4 minutes' AND now() + interval '6 minutes' FROM taskrunner.ticks")).Should().Be(true);
    }

    [Fact]
    public async Task Tick_whose_task_the_broker_lost_is_sent_again_once()
    {
        await using var bench = await SentAsync();
        bench.Broker.Forget();

        await bench.LookAsync(bench.Create());
        await bench.LookAsync(bench.Create());

        bench.Broker.Accepted.Select(request => request.Message.Id).Should().HaveCount(2).And.OnlyContain(id => id == bench.Broker.Accepted[0].Message.Id);
        (await bench.ExecuteAsync(Tick)).Should().Be("sent resent 1");
        bench.Observer.Ticks.Select(tick => tick.Outcome).Should().Equal(TickOutcome.Enqueued, TickOutcome.Resent);
        bench.Log.Lines.Should().Contain(line => line.Contains("The broker had lost the tasks of 1 ticks", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_lost_task_has_all_others_of_late_looked_for_at_once()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("many", "every_ms = 1000", "catch_up = 'all', next_due = date_trunc('second', now()) - interval '4 seconds'");
        var beat = bench.Create(new BeatOptions { Name = "beat-1", HandOver = TimeSpan.Zero });
        await beat.RunOnceAsync(CancellationToken.None);
        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET enabled = false");
        var sent = bench.Broker.Accepted.Count;
        bench.Broker.Forget();

        await bench.ExecuteAsync("UPDATE taskrunner.ticks SET check_at = now() WHERE nominal = (SELECT max(nominal) FROM taskrunner.ticks)");
        await beat.RunOnceAsync(CancellationToken.None);
        await beat.RunOnceAsync(CancellationToken.None);

        sent.Should().BeGreaterThanOrEqualTo(4);
        bench.Broker.Accepted.Should().HaveCount(2 * sent);
        (await bench.ExecuteAsync("SELECT min(resent) FROM taskrunner.ticks")).Should().Be(1);
    }

    [Fact]
    public async Task Tick_is_given_up_before_the_broker_forgets_its_id()
    {
        await using var bench = await SentAsync();
        await bench.ExecuteAsync("UPDATE taskrunner.ticks SET sent_at = now() - interval '24 hours'");
        bench.Broker.Forget();

        await bench.LookAsync(bench.Create());

        TickRelay.RememberId.Should().BeGreaterThan(TimeSpan.FromHours(24));
        bench.Broker.Accepted.Should().ContainSingle();
        (await bench.ExecuteAsync(Tick)).Should().Be("sent closed");
    }

    [Fact]
    public async Task Tick_that_somebody_put_off_for_ever_holds_nothing_up()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("yearly", "cron = '@yearly'");
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal, check_at) SELECT id, now(), 'infinity' FROM taskrunner.schedules");

        var wait = await bench.Create().RunOnceAsync(CancellationToken.None);

        wait.Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(0.5));
        bench.Broker.Accepted.Should().BeEmpty();
        (await bench.ExecuteAsync(Tick)).Should().Be("pending");
    }

    [Fact]
    public async Task Outage_of_the_broker_has_the_ticks_of_late_looked_for_when_it_is_back()
    {
        await using var bench = await SentAsync();
        bench.Start("beat-1");
        bench.Broker.Before = _ => throw new BrokerUnavailableException("away");
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal) SELECT id, now() FROM taskrunner.schedules");
        await Eventually.TrueAsync(
            () => bench.Log.Lines.Any(line => line.Contains("The broker is unavailable, retrying", StringComparison.Ordinal)));
        bench.Broker.Forget();

        bench.Broker.Before = _ => { };

        // Well before it would be looked for anyway.
        await Eventually.TrueAsync(() => bench.Broker.Accepted.Count == 3, TimeSpan.FromSeconds(30));
        bench.Broker.Accepted.Select(request => request.Message.Id).Distinct().Should().HaveCount(2);
    }

    [Fact]
    public async Task While_the_broker_is_away_a_backlog_waits_in_the_schedules_and_not_in_ticks()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("fast", "every_ms = 50");
        bench.Broker.Before = _ => throw new BrokerUnavailableException("away");
        bench.Start();

        await Eventually.TrueAsync(() => bench.Observer.Turns >= 12);

        (await bench.ExecuteAsync("SELECT count(DISTINCT created_at) FROM taskrunner.ticks")).Should().Be(1L);
    }

    [Fact]
    public async Task Age_of_the_oldest_pending_tick_is_told()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("yearly", "cron = '@yearly'");
        var meanwhile = new Meanwhile();
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal, created_at) SELECT id, now(), now() - interval '45 seconds' FROM taskrunner.schedules");
        bench.Broker.Before = _ => throw new BrokerUnavailableException("away");
        var attempt = () => bench.Create().RunOnceAsync(CancellationToken.None);

        await attempt.Should().ThrowAsync<BrokerUnavailableException>();

        meanwhile.ShouldHaveGrown(bench.Observer.RelayLag, TimeSpan.FromSeconds(45));
    }

    /// <summary>One tick, whose task the broker has.</summary>
    private async Task<BeatBench> SentAsync()
    {
        var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("once", "cron = NULL, once_at = now() + interval '1 hour'", "next_due = now()");
        await bench.Create().RunOnceAsync(CancellationToken.None);
        (await bench.ExecuteAsync(Tick)).Should().Be("sent");
        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET next_due = 'infinity'");
        return bench;
    }
}
