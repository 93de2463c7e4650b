using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>Schedules of two queues, one of which has a key of a wrong type.</summary>
[Collection(BeatPostgres.Name)]
public sealed class FaultyQueueTickTests(PostgresFixture postgres, RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Schedules_of_other_queues_tick_on_and_those_of_the_faulty_one_wait_until_it_is_mended()
    {
        await using var bench = await BeatBench.OpenAsync(postgres);
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await bench.AddAsync("bad", "every_ms = 200", "queue = 'broken', catch_up = 'all', catch_up_limit = 1000");
        await bench.AddAsync("good", "every_ms = 200");
        var key = harness.Keys.Of("broken").Remembered;
        await harness.Client.ExecuteAsync(RedisCommand.Create("SET", key, "wrong"), default);
        var beat = bench.Create(new BeatOptions { Name = "beat-1", HandOver = TimeSpan.Zero }, harness.Broker);

        await UntilAsync(beat, async () => await harness.NumberAsync("LLEN", harness.Queue.Ready[4]) > 8);

        (await bench.ExecuteAsync("SELECT bool_and(state = 'pending') FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = 'bad'")).Should().Be(true);
        bench.Log.Lines.Should().ContainSingle(line => line.Contains(key, StringComparison.Ordinal)).Which.Should().StartWith("Error: Ticks for queue broken wait until its keys are mended");
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", key), default);
        await UntilAsync(beat, async () => await harness.NumberAsync("LLEN", harness.Keys.Of("broken").Ready[4]) > 8);
        var task = "SELECT count(*) FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = 'bad' AND state = 'sent'";
        (await bench.ExecuteAsync(task)).Should().Be(await harness.NumberAsync("LLEN", harness.Keys.Of("broken").Ready[4]));
    }

    private static Task UntilAsync(BeatService beat, Func<Task<bool>> isSo) => Eventually.TrueAsync(async () =>
    {
        await beat.RunOnceAsync(CancellationToken.None);
        return await isSo();
    });
}
