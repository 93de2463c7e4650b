using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>A beat gives its first connection to the broker some seconds, and then does without.</summary>
[Collection(BeatPostgres.Name)]
public sealed class FirstConnectTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Beat_that_starts_before_its_connection_waits_for_it_before_it_ticks()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        var database = (await postgres.CreateMigratedAsync()).Database;
        await postgres.Server.ExecuteAsync(database, "INSERT INTO taskrunner.schedules (name, task, every_ms) VALUES ('often', 'debug.echo', 100)");

        await using var beat = await Program(redis, database, patience: Timeout.InfiniteTimeSpan).StartAsync("beat");
        var started = await NowAsync(database);
        var launched = await Eventually.ReturnsAsync(() => NowAsync(database), now => now >= started + TimeSpan.FromSeconds(1));
        await redis.LaunchAgainAsync();
        await Eventually.TrueAsync(async () => await postgres.Server.ScalarAsync<long>(database, "SELECT count(*) FROM taskrunner.ticks WHERE state = 'sent'") >= 3);

        (await postgres.Server.ScalarAsync<DateTime>(database, "SELECT min(created_at) FROM taskrunner.ticks")).Should().BeAfter(launched);
    }

    [Fact]
    public async Task Beat_whose_broker_does_not_come_turns_without_it()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        var database = (await postgres.CreateMigratedAsync()).Database;

        await using var beat = await Program(redis, database, patience: TimeSpan.FromMilliseconds(100)).StartAsync("beat");

        await Eventually.TrueAsync(async () => (await beat.GetAsync("/startupz")).Status == 200);
        (await beat.GetAsync("/readyz")).Body.Should().Contain("not connected");
    }

    private Task<DateTime> NowAsync(string database) => postgres.Server.ScalarAsync<DateTime>(database, "SELECT clock_timestamp()");

    private StockProgram Program(RedisServer redis, string database, TimeSpan patience) =>
        new(("TASKRUNNER_BROKER_URL", redis.Url), ("TASKRUNNER_DATABASE_URL", postgres.Server.Url(database))) { Time = new PatientClock(patience) };

    /// <summary>A clock on which the time of the first connection is another one, so that no test depends on how busy its host is.</summary>
    private sealed class PatientClock(TimeSpan patience) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime == BeatHost.FirstConnect ? patience : dueTime, period);
    }
}
