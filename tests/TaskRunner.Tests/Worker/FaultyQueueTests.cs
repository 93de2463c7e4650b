using System.Text.Json;
using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>A worker of two queues, one of which has a key that is not what it must be.</summary>
public sealed class FaultyQueueTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    public static TheoryData<string> Suffixes => ["p", "m", "r5", "c", "n", "w", "d", "oo", "o:", "f:"];

    [Theory]
    [MemberData(nameof(Suffixes))]
    public async Task Other_queue_goes_on_readiness_names_the_key_and_nothing_is_lost(string suffix)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(
            app, redis.Url, harness, options => options with { Queues = [new QueueShare("default"), new QueueShare("healthy")], Lease = TimeSpan.FromSeconds(3) }, results: results);
        await worker.UntilStartedAsync();
        var life = worker.Name;
        var key = harness.Queue.Leases[..^1] + suffix + (suffix[^1] == ':' ? life : "");
        var before = suffix == "r5" ? null : await harness.EnqueueAsync(BrokerHarness.Message("work"), delay: TimeSpan.FromMinutes(10));
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", key), default);
        await harness.Client.ExecuteAsync(RedisCommand.Create("SET", key, "wrong"), default);
        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[suffix == "r5" ? 3 : 4], $$"""{{Guid.NewGuid():N}}500{"task":"work"}"""), default);

        for (var i = 0; i < 10; i++)
        {
            var sent = await harness.EnqueueAsync(BrokerHarness.Message("work", queue: "healthy"));
            (await results.FinalAsync(sent.Id)).State.Should().Be(TaskState.Succeeded);
        }

        // A fetch that finds nothing removes the wake-up tokens, and with them what stands in their place.
        await Eventually.TrueAsync(
            async () => worker.Engine.QueueTrouble?.Contains(key, StringComparison.Ordinal) == true || (suffix == "w" && await harness.NumberAsync("EXISTS", key) == 0));
        worker.Name.Should().Be(life, "the lease on the other queue is held");
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", key), default);
        var after = await harness.EnqueueAsync(BrokerHarness.Message("work"));
        (await results.FinalAsync(after.Id)).State.Should().Be(TaskState.Succeeded);
        await Eventually.TrueAsync(() => worker.Engine.QueueTrouble is null);
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 0L, Running = 0L, Dead = 0L });
        before?.Id.Should().NotBe(after.Id);
    }
}
