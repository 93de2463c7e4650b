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
        harness.TakeLease(redis.Url, "w1", TimeSpan.FromSeconds(1));
        var left = await harness.EnqueueAsync(BrokerHarness.Message("work"));
        (await harness.StepAsync("w1", 1)).Messages.Should().ContainSingle();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(app, redis.Url, harness, options => options with { Lease = TimeSpan.FromSeconds(3) }, results);
        worker.Observer.MisbehaveAlways = () => throw new InvalidOperationException("The listener is broken.");

        for (var i = 0; i < 20; i++)
        {
            var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"));
            (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Attempts = 1, Redeliveries = 0 });
        }

        await Eventually.TrueAsync(() => worker.Observer.Recovered == 1);
        (await results.FinalAsync(left.Id)).State.Should().Be(TaskState.Succeeded, "it was a dead worker's");
        worker.Engine.Loops.Failures.Values.Should().OnlyContain(count => count == 0);
    }
}
