using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>Overlap, expiry and jitter: the rules that a schedule gives its tasks.</summary>
[Collection(BeatPostgres.Name)]
public sealed class TickRuleTests(PostgresFixture fixture)
{
    private const string Overlap = "the task of an earlier tick had not finished";

    [Theory]
    [InlineData("allow", 3, "sent; sent; sent")]
    [InlineData("skip", 1, $"sent; skipped {Overlap}; skipped {Overlap}")]
    [InlineData("buffer", 1, $"sent; buffered; skipped {Overlap}")]
    [InlineData("cancel", 3, "sent; sent; sent")]
    public async Task Ticks_while_the_first_task_runs_follow_the_rule_one_by_one(string overlap, int accepted, string expected)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", $"overlap = '{overlap}'");
        var beat = bench.Create();

        await bench.TickAsync(beat);
        await bench.TickAsync(beat);
        await bench.TickAsync(beat);

        bench.Broker.Accepted.Should().HaveCount(accepted);
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be(expected);
    }

    [Theory]
    [InlineData("skip", $"sent; skipped {Overlap}; skipped {Overlap}")]
    [InlineData("buffer", $"sent; buffered; skipped {Overlap}")]
    public async Task Ticks_of_one_batch_follow_the_rule_too(string overlap, string expected)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", $"overlap = '{overlap}'");
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal, check_at) SELECT id, now() + n * interval '1 second', now() - interval '1 minute' + n * interval '1 second' FROM taskrunner.schedules, generate_series(1, 3) AS n");

        await bench.Create().RunOnceAsync(CancellationToken.None);

        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be(expected);
    }

    [Fact]
    public async Task Buffered_tick_is_enqueued_when_the_task_before_it_has_finished_and_the_next_one_takes_its_place()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", "overlap = 'buffer'");
        var beat = bench.Create(new BeatOptions { Name = "beat-1", HandOver = TimeSpan.Zero });
        await bench.TickAsync(beat);
        await bench.TickAsync(beat);

        bench.Broker.FinishAll();
        await beat.RunOnceAsync(CancellationToken.None);
        var afterwards = await bench.ExecuteAsync(BeatBench.Ticks);
        await bench.TickAsync(beat);

        afterwards.Should().Be("sent; sent");
        bench.Broker.Accepted.Should().HaveCount(2);
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("sent; sent; buffered");
    }

    [Fact]
    public async Task Only_the_rule_cancel_asks_the_broker_to_replace_and_never_for_a_task_that_was_lost()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", "overlap = 'cancel'");
        var beat = bench.Create();
        await bench.TickAsync(beat);
        bench.Broker.Forget();
        await bench.TickAsync(beat);

        await bench.ExecuteAsync("UPDATE taskrunner.ticks SET check_at = now()");
        await bench.Create().RunOnceAsync(CancellationToken.None);

        bench.Broker.Accepted.Should().HaveCount(2).And.OnlyContain(request => request.OnConflict == UniqueConflict.Replace);
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("skipped a later task took its place; sent");
    }

    [Fact]
    public async Task Expiry_counts_from_the_tick_and_one_that_is_over_is_not_enqueued()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", "expires_ms = 600000");
        var meanwhile = new Meanwhile();
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal) SELECT id, now() - n * interval '400 seconds' FROM taskrunner.schedules, generate_series(1, 2) AS n");

        await bench.Create().RunOnceAsync(CancellationToken.None);

        meanwhile.ShouldHaveShrunk(bench.Broker.Accepted.Should().ContainSingle().Which.Expires, TimeSpan.FromSeconds(200));
        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be("skipped expired before it could be enqueued; sent");
    }

    [Fact]
    public async Task Jitter_delays_each_task_within_its_limit_in_the_same_way_for_the_same_tick()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'", "jitter_ms = 3600000");
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal) SELECT id, now() + n * interval '1 millisecond' FROM taskrunner.schedules, generate_series(1, 50) AS n");

        await bench.Create().RunOnceAsync(CancellationToken.None);

        var delays = bench.Broker.Accepted.Select(request => request.Delay).ToList();
        delays.Should().HaveCount(50).And.OnlyContain(delay => delay >= TimeSpan.Zero && delay < TimeSpan.FromHours(1.1));
        delays.Distinct().Should().HaveCountGreaterThan(40);
        bench.Broker.Accepted.Should().OnlyContain(request => (request.Delay - ScheduleJitter.Of(request.Message.Id, TimeSpan.FromHours(1))).Duration() < TimeSpan.FromSeconds(30));
    }
}
