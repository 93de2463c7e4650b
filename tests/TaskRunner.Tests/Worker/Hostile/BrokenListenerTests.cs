using System.Text.Json;
using FluentAssertions;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker.Hostile;

/// <summary>A listener to metrics that throws at each event of the worker.</summary>
public sealed class BrokenListenerTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Each_task_runs_once_and_no_loop_starts_anew()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);
        await worker.UntilStartedAsync();
        worker.Observer.MisbehaveAlways = () => throw new InvalidOperationException("The listener is broken.");

        for (var i = 0; i < 20; i++)
        {
            var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"));
            (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Attempts = 1, Redeliveries = 0 });
        }

        worker.Engine.Loops.Failures.Values.Should().OnlyContain(count => count == 0);
    }
}
