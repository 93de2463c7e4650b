using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

[Collection(BeatPostgres.Name)]
public sealed class RelayReadinessTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Beat_is_not_ready_while_a_tick_has_waited_long_to_be_enqueued()
    {
        await using var redis = await RedisServer.StartAsync();
        var options = await postgres.CreateMigratedAsync();
        var program = new StockProgram(("TASKRUNNER_BROKER_URL", redis.Url), ("TASKRUNNER_DATABASE_URL", postgres.Server.Url(options.Database)));
        await using var beat = await program.StartAsync("beat");
        await beat.UntilReadyAsync();

        await redis.KillAsync();
        await postgres.Server.ExecuteAsync(
            options.Database,
            """
            INSERT INTO taskrunner.schedules (name, cron, task) VALUES ('yearly', '@yearly', 'debug.echo');
            INSERT INTO taskrunner.ticks (schedule_id, nominal, created_at) SELECT id, now(), now() - interval '45 seconds' FROM taskrunner.schedules
            """);
        await Eventually.TrueAsync(async () => await beat.GetAsync("/readyz") is (503, var body) && body.Contains("relay: a tick has waited", StringComparison.Ordinal));
        (await beat.GetAsync("/metrics")).Body.Should().MatchRegex(@"taskrunner_beat_relay_lag_seconds (4[5-9]|[5-9]\d|\d{3})");
        (await beat.GetAsync("/livez")).Status.Should().Be(200);

        await redis.LaunchAgainAsync();
        await beat.UntilReadyAsync();
        (await postgres.Server.ExecuteAsync(options.Database, "SELECT state FROM taskrunner.ticks")).Should().Be("sent");
    }
}
