using System.Text.Json;
using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>A producer that pushes a message and no wake-up token.</summary>
public sealed class TokenlessPushTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Message_is_taken_although_another_queue_is_never_quiet()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(
            app, redis.Url, harness, options => options with { Queues = [new QueueShare("default"), new QueueShare("busy")] }, results: results);
        await worker.UntilStartedAsync();
        (await results.FinalAsync((await harness.EnqueueAsync(BrokerHarness.Message("work"))).Id)).State.Should().Be(TaskState.Succeeded);
        var id = Guid.NewGuid();
        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], $$"""{{id:N}}500{"task":"work"}"""), default);

        // Less than the pause after which an idle worker looks.
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        for (var i = 0; i < 20 && await results.ReadAsync(id, default) is null; i++)
        {
            await harness.EnqueueAsync(BrokerHarness.Message("work", queue: "busy"));
            await pace.WaitForNextTickAsync();
        }

        (await results.ReadAsync(id, default))!.State.Should().Be(TaskState.Succeeded);
    }
}
