using System.Collections.Concurrent;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Observability;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Rules of tasks, as workers keep them.</summary>
public sealed class RulesTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Running_task_that_is_cancelled_ends_as_cancelled_whatever_it_does(bool heeds)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var started = new TaskCompletionSource();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("long", async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            started.SetResult();
            var wait = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
            await (heeds ? wait : wait.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default));
            return "done";
        });
        await using var worker = TestWorker.Start(app, redis.Url, harness, options => options with { Lease = TimeSpan.FromSeconds(3) }, results);
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("long"));
        await started.Task.WaitAsync(TimeSpan.FromSeconds(30));

        (await harness.Broker.CancelAsync(sent.Id, default)).Should().Be(CancelStatus.Running);

        (await results.FinalAsync(sent.Id)).State.Should().Be(TaskState.Cancelled);
        worker.Observer.Finished.Should().ContainSingle().Which.Outcome.Should().Be(TaskOutcome.Cancelled);
    }

    [Fact]
    public async Task Tasks_with_a_concurrency_key_never_overlap_more_than_allowed_across_workers()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var (running, most, done) = (0, 0, 0);
        var app = TaskRunnerApp.Create([]);
        app.MapTask("step", async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, stopping);
            Interlocked.Decrement(ref running);
            Interlocked.Increment(ref done);
        }).Concurrency(2);
        await using var one = TestWorker.Start(app, redis.Url, harness);
        await using var two = TestWorker.Start(app, redis.Url, harness);
        var defaults = app.Registry.Find("step")!.Defaults;

        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 60).Select(_ => defaults.Apply(new EnqueueRequest(BrokerHarness.Message("step"))))], default);

        await Eventually.TrueAsync(() => Volatile.Read(ref done) == 60);
        most.Should().Be(2);
        await Eventually.TrueAsync(async () => await harness.NumberAsync("HLEN", harness.Queue.Slots) == 0);
    }

    [Fact]
    public async Task Type_with_a_rate_limit_starts_evenly_across_workers()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var starts = new ConcurrentQueue<long>();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("call", (JsonElement _, TaskContext _, CancellationToken _) =>
        {
            starts.Enqueue(TimeProvider.System.GetTimestamp());
            return Task.CompletedTask;
        }).RateLimit(50, TimeSpan.FromSeconds(1));
        await using var one = TestWorker.Start(app, redis.Url, harness);
        await using var two = TestWorker.Start(app, redis.Url, harness);
        await one.UntilStartedAsync();
        var sent = TimeProvider.System.GetTimestamp();

        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 30).Select(_ => new EnqueueRequest(BrokerHarness.Message("call")))], default);

        await Eventually.TrueAsync(() => starts.Count == 30);
        TimeProvider.System.GetElapsedTime(sent, starts.Max()).Should()
            .BeGreaterThan(TimeSpan.FromMilliseconds(450), "five may start ahead, the other 25 take 500 ms");
    }

    [Fact]
    public async Task Tasks_that_wait_for_their_rate_cost_nothing_while_they_wait()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var app = TaskRunnerApp.Create([]);
        app.MapTask("call", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(app, server.Url, harness);
        var rules = new TaskRules { RateKey = "api", RateLimit = new RateLimit(1, TimeSpan.FromHours(1)) };
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 300).Select(_ => new EnqueueRequest(BrokerHarness.Message("call") with { Rules = rules }))], default);
        await Eventually.TrueAsync(async () => await harness.NumberAsync("ZCARD", harness.Queue.Parked) == 299);
        await harness.PassAsync(TimeSpan.FromMilliseconds(200));
        var before = await ScriptCallsAsync(harness);

        await harness.PassAsync(TimeSpan.FromSeconds(1.5));

        (await ScriptCallsAsync(harness) - before).Should().BeLessThan(8, "a worker with nothing to start sleeps");
    }

    [Fact]
    public async Task Expired_task_has_a_result_and_is_counted()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var message = BrokerHarness.Message("never");
        await harness.Broker.EnqueueAsync([new EnqueueRequest(message) { Expires = TimeSpan.FromMilliseconds(1) }], default);
        await harness.PassAsync(TimeSpan.FromMilliseconds(2));
        var app = TaskRunnerApp.Create([]);
        app.MapTask("never", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);

        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        (await results.FinalAsync(message.Id)).State.Should().Be(TaskState.Expired);
        worker.Observer.Ended.Should().Equal(TaskOutcome.Expired);
    }

    [Fact]
    public async Task Paused_queue_rests_and_goes_on_at_once()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("now", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);
        await worker.UntilStartedAsync();
        await harness.Broker.PauseAsync("default", null, "test", default);
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("now"));
        await harness.PassAsync(TimeSpan.FromMilliseconds(300));
        results.All.Should().BeEmpty();

        await harness.Broker.ResumeAsync("default", default);

        await results.FinalAsync(sent.Id, TimeSpan.FromSeconds(4));
    }

    private static async Task<long> ScriptCallsAsync(BrokerHarness harness)
    {
        var stats = (await harness.Client.ExecuteAsync(TaskRunner.Redis.RedisCommand.Create("INFO", "commandstats"), default)).AsString();
        var line = stats.Split('\n').Single(l => l.StartsWith("cmdstat_evalsha:", StringComparison.Ordinal));
        return long.Parse(line.Split("calls=")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
            // Somebody else was faster: look again.
        }
    }
}
