using System.Text.Json;
using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Observability;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Messages that this worker cannot run.</summary>
public sealed class UnknownMessageTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Unknown_task_is_parked_until_a_worker_comes_that_knows_it()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("new.task", (JsonElement _, TaskContext context, CancellationToken _) => Task.FromResult(context.Attempt + context.Redeliveries));
        await using var old = TestWorker.Start(TaskRunnerApp.Create([]), redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("new.task"));
        await Eventually.TrueAsync(() => old.Observer.Finished.Any(task => task.Outcome == TaskOutcome.Parked));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Output = "1", Attempts = 1 });
    }

    [Fact]
    public async Task Newer_message_is_parked_and_nothing_of_it_is_lost()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var worker = TestWorker.Start(TaskRunnerApp.Create([]), redis.Url, harness);
        var newer = $"{Guid.NewGuid():N}500{{\"v\":99,\"task\":\"taskrunner.check\"}}";

        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], newer), default);
        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Wake, "1"), default);

        await Eventually.TrueAsync(() => worker.Observer.Finished.Any(task => task.Outcome == TaskOutcome.Parked));
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 0L, Dead = 0L });
    }

    [Fact]
    public async Task Unreadable_message_is_buried_and_the_worker_goes_on()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);
        await harness.Client.ExecuteAsync(TaskRunner.Redis.RedisCommand.Create("RPUSH", harness.Queue.Ready[4], "garbage"), default);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"));

        await results.FinalAsync(sent.Id);
        await Eventually.TrueAsync(async () => (await harness.Broker.StatusAsync("default", default)).Dead == 1);
    }
}
