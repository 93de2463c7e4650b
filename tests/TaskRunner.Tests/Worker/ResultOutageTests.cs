using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Results while the database is away.</summary>
public sealed class ResultOutageTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Results_wait_in_the_broker_while_the_database_is_away_and_none_is_lost()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore { IsAway = true };
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 100).Select(_ => new EnqueueRequest(BrokerHarness.Message("work")))], default);
        await Eventually.TrueAsync(() => worker.Observer.Finished.Count == 100);
        await Eventually.TrueAsync(() => worker.Engine.ResultTrouble == "the store is away");

        results.IsAway = false;

        await Eventually.TrueAsync(() => results.All.Count == 100);
        await Eventually.TrueAsync(async () => await harness.NumberAsync("LLEN", harness.Queue.Results(worker.Name)) == 0);
    }

    [Fact]
    public async Task Results_that_a_stopped_worker_could_not_write_are_written_by_another_one()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var away = new MemoryResultStore { IsAway = true };
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"));
        await using (var first = TestWorker.Start(app, redis.Url, harness, results: away))
        {
            await Eventually.TrueAsync(() => first.Observer.Finished.Count == 1);
        }

        var results = new MemoryResultStore();
        await using var second = TestWorker.Start(app, redis.Url, harness, o => o with { Lease = TimeSpan.FromSeconds(3) }, results);

        (await results.FinalAsync(sent.Id)).State.Should().Be(TaskState.Succeeded);
    }
}
