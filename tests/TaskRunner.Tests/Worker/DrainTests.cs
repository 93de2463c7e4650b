using System.Collections.Concurrent;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Observability;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class DrainTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData(20_000, 100)]
    [InlineData(300, 0)]
    public async Task Worker_with_100_running_tasks_ends_within_its_grace_with_each_done_once_or_back_at_the_head(int drainMs, int done)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var runs = new ConcurrentDictionary<Guid, int>();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("two.seconds", async (JsonElement _, TaskContext context, CancellationToken stopping) =>
        {
            runs.AddOrUpdate(context.Id, 1, static (_, count) => count + 1);
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, stopping);
        });
        var sent = Enumerable.Range(0, 130).Select(_ => BrokerHarness.Message("two.seconds")).ToList();
        await harness.Broker.EnqueueAsync([.. sent.Select(message => new EnqueueRequest(message))], default);
        var before = await harness.ListAsync(harness.Queue.Ready[4]);
        var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Concurrency = 100, Drain = TimeSpan.FromMilliseconds(drainMs) }, results);
        await Eventually.TrueAsync(() => runs.Count == 100);
        var asked = TimeProvider.System.GetTimestamp();

        await worker.StopAsync();

        TimeProvider.System.GetElapsedTime(asked).Should().BeLessThan(TimeSpan.FromMilliseconds(drainMs) + TimeSpan.FromSeconds(10));
        runs.Values.Should().OnlyContain(count => count == 1);
        results.All.Should().HaveCount(done);
        results.All.Count(result => result is { State: TaskState.Succeeded, Attempts: 1 }).Should().Be(done);
        var after = await harness.ListAsync(harness.Queue.Ready[4]);
        after.SkipLast(30).Should().BeEquivalentTo(before.Skip(done).SkipLast(30), "what was interrupted is at the head, unchanged");
        after.TakeLast(30).Should().Equal(before.TakeLast(30));
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 130L - done, Running = 0L, Workers = 0, Dead = 0L, Delayed = 0L });
        await worker.DisposeAsync();
    }

    [Fact]
    public async Task Stopping_worker_finishes_what_runs_and_fetches_nothing_new()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var gate = new TaskCompletionSource();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("gated", async (JsonElement _, TaskContext _, CancellationToken stopping) => await gate.Task.WaitAsync(stopping));
        var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Concurrency = 2 }, results);
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 5).Select(_ => new EnqueueRequest(BrokerHarness.Message("gated")))], default);
        await Eventually.TrueAsync(() => worker.Engine.Running == 2);

        var stopped = worker.StopAsync();
        gate.SetResult();
        await stopped;

        results.All.Should().HaveCount(2).And.OnlyContain(r => r.State == TaskState.Succeeded);
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 3L, Running = 0L, Workers = 0 });
        await worker.DisposeAsync();
    }

    [Fact]
    public async Task Task_that_does_not_finish_in_time_is_cancelled_and_put_back_unchanged()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var app = TaskRunnerApp.Create([]);
        app.MapTask("endless", async (JsonElement _, TaskContext _, CancellationToken stopping) => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping));
        var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Drain = TimeSpan.FromMilliseconds(100) });
        await harness.EnqueueAsync(BrokerHarness.Message("endless"));
        var before = await Eventually.ReturnsAsync(() => harness.Broker.HeldAsync(worker.Name, "default", default), held => held.Count == 1);

        await worker.StopAsync();

        var after = await harness.ListAsync(harness.Queue.Ready[4]);
        after.Should().Equal(System.Text.Encoding.UTF8.GetString(before[0].Bytes));
        worker.Observer.Finished.Should().ContainSingle().Which.Outcome.Should().Be(TaskOutcome.Released);
        await worker.DisposeAsync();
    }

    [Fact]
    public async Task Task_that_ignores_its_cancellation_is_put_back_all_the_same()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        using var release = new ManualResetEventSlim();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("deaf", (JsonElement _, TaskContext _, CancellationToken _) =>
        {
            release.Wait(TimeSpan.FromSeconds(30), CancellationToken.None);
            return Task.CompletedTask;
        });
        var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Drain = TimeSpan.FromMilliseconds(50) });
        await harness.EnqueueAsync(BrokerHarness.Message("deaf"));
        await Eventually.TrueAsync(() => worker.Engine.Running == 1);

        await worker.StopAsync();

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 1L, Running = 0L });
        release.Set();
        await worker.DisposeAsync();
    }

    [Fact]
    public async Task Another_worker_takes_over_at_once_without_waiting_for_a_lease()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        var attempts = 0;
        app.MapTask("second.worker", async (JsonElement _, TaskContext context, CancellationToken stopping) =>
        {
            if (Interlocked.Increment(ref attempts) == 1)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
            }

            return context.Attempt + context.Redeliveries;
        });
        var first = TestWorker.Start(app, redis.Url, harness, o => o with { Drain = TimeSpan.Zero, Lease = TimeSpan.FromMinutes(10) }, results);
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("second.worker"));
        await Eventually.TrueAsync(() => first.Engine.Running == 1);
        await using var second = TestWorker.Start(app, redis.Url, harness, results: results);
        await second.UntilStartedAsync();

        await first.StopAsync();

        (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { Output = "1", Attempts = 1, Redeliveries = 0 });
        await first.DisposeAsync();
    }
}
