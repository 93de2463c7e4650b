using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>A worker whose fetch stands in the broker while it sleeps.</summary>
public sealed class SleepingWorkerTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Fetch_of_a_connection_that_only_the_server_holds_open_takes_nothing_from_anybody()
    {
        await using var proxy = TcpProxy.To(redis.Server.Port);
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        await using var worker = TestWorker.Start(Work(), proxy.Url, harness, results: results);
        await UntilAsleepAsync(harness);
        var before = await SleepersAsync(harness);

        proxy.DropClients();
        await Eventually.TrueAsync(async () => (await SleepersAsync(harness)).Except(before).Any());
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"));

        (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Attempts = 1, Redeliveries = 0 });
        await Eventually.TrueAsync(async () => (await harness.Broker.HeldAsync(worker.Name, "default", default)).Count == 0);
    }

    [Fact]
    public async Task Tasks_run_once_and_at_once_while_the_connection_that_sleeps_is_killed_again_and_again()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        await using var worker = TestWorker.Start(Work(), redis.Url, harness, results: results);
        var sent = new List<TaskMessage>();

        for (var kill = 0; kill < 15; kill++)
        {
            await UntilAsleepAsync(harness);
            var enqueued = harness.EnqueueAsync(BrokerHarness.Message("work"));
            await KillSleepersAsync(harness);
            sent.Add(await enqueued);
        }

        foreach (var task in sent)
        {
            (await results.FinalAsync(task.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Attempts = 1, Redeliveries = 0 });
        }

        worker.Observer.Finished.Should().HaveCount(sent.Count);
    }

    [Fact]
    public async Task Worker_that_drains_calls_its_fetch_back_and_takes_nothing_that_comes()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var gate = new TaskCompletionSource();
        var app = Work();
        app.MapTask("gated", async (JsonElement _, TaskContext _, CancellationToken stopping) => await gate.Task.WaitAsync(stopping));
        await using var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Concurrency = 2 }, results);
        await harness.EnqueueAsync(BrokerHarness.Message("gated"));
        await Eventually.TrueAsync(() => worker.Engine.Running == 1);
        await UntilAsleepAsync(harness);

        var stopped = worker.StopAsync();
        await UntilCalledBackAsync(harness);
        var late = await harness.EnqueueAsync(BrokerHarness.Message("work"));
        gate.SetResult();
        await stopped;

        results.All.Should().ContainSingle().Which.Id.Should().NotBe(late.Id);
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 1L, Running = 0L, Workers = 0 });
    }

    [Fact]
    public async Task Worker_that_promised_its_only_slot_starts_what_the_limit_of_its_queue_lets_start()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        await using var worker = TestWorker.Start(Work(), redis.Url, harness, o => o with { Concurrency = 1 }, results);
        await harness.Broker.SetRateLimitAsync("default", null, new RateLimit(5, TimeSpan.FromSeconds(1)), default);
        var sent = Enumerable.Range(0, 12).Select(_ => BrokerHarness.Message("work")).ToList();
        await harness.Broker.EnqueueAsync([.. sent.Select(message => new EnqueueRequest(message))], default);

        // One every 200 ms; each would wait for the end of a longest sleep, five seconds, if the worker did not call its fetch back.
        await Eventually.TrueAsync(() => results.All.Count == sent.Count);
    }

    [Fact]
    public async Task Idle_worker_that_is_told_to_stop_leaves_at_once_and_takes_nothing_that_comes()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var worker = TestWorker.Start(Work(), redis.Url, harness);
        await UntilAsleepAsync(harness);

        await worker.StopAsync();
        await UntilCalledBackAsync(harness);
        await harness.EnqueueAsync(BrokerHarness.Message("work"));

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 1L, Running = 0L, Workers = 0 });
    }

    [Fact]
    public async Task Full_memory_hinders_neither_the_recall_of_a_fetch_nor_the_question_what_is_held()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        harness.TakeLease(server.Url, "w1");
        await harness.EnqueueAsync();
        await harness.StepAsync("w1", 1);
        await harness.Client.ExecuteAsync(RedisCommand.Create("CONFIG", "SET", "maxmemory", 1), default);

        await harness.Broker.RecallAsync("w1", "default", default);
        (await harness.Broker.ReclaimAsync("w1", "default", 1, default)).Should().ContainSingle();
    }

    [Fact]
    public async Task Worker_that_stood_still_asks_what_it_holds_before_it_starts_what_its_fetch_took()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var (results, log, time) = (new MemoryResultStore(), new CapturingLogger(), new JumpingTime());
        var lease = TimeSpan.FromSeconds(5);
        await using var worker = TestWorker.Start(Work(), redis.Url, harness, o => o with { Lease = lease }, results, log, time: time);

        // Again, should a heartbeat come between the jump and the task.
        await Eventually.TrueAsync(async () =>
        {
            await UntilAsleepAsync(harness);
            time.Jump(lease);
            var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"));
            (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Attempts = 1, Redeliveries = 0 });
            return log.Entries.Any(entry => entry.Message.Contains("1 tasks that it had booked on this worker are started", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task No_more_tasks_run_at_a_time_than_the_worker_has_slots()
    {
        const int Slots = 3;
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        using var gate = new SemaphoreSlim(0);
        var (running, ended, most) = (0, 0, 0);
        var app = TaskRunnerApp.Create([]);
        app.MapTask("gated", async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            await gate.WaitAsync(stopping);
            Interlocked.Decrement(ref running);
            Interlocked.Increment(ref ended);
        });
        await using var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Concurrency = Slots });
        var (open, released) = (0, 0);

        for (var round = 0; round < 30; round++)
        {
            // Some are delayed: the worker itself moves them, beside its fetch that stands.
            var sent = Enumerable.Range(0, 1 + (round % 4)).Select(i => new EnqueueRequest(BrokerHarness.Message("gated")) { Delay = TimeSpan.FromMilliseconds(10 * (i % 2)) }).ToList();
            await harness.Broker.EnqueueAsync(sent, default);
            open += sent.Count;
            await Eventually.TrueAsync(() => Volatile.Read(ref running) >= Math.Min(Slots, open));
            var release = Math.Min(open, 1 + (round % Slots));
            gate.Release(release);
            (open, released) = (open - release, released + release);
            await Eventually.TrueAsync(() => Volatile.Read(ref ended) == released);
        }

        gate.Release(open);
        await Eventually.TrueAsync(() => Volatile.Read(ref ended) == released + open);
        most.Should().Be(Slots);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static TaskRunnerApp Work()
    {
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", static (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        return app;
    }

    private static Task UntilAsleepAsync(BrokerHarness harness) => Eventually.TrueAsync(async () => (await SleepersAsync(harness)).Count > 0);

    /// <summary>Waits until nobody sleeps in the broker; less long than a sleep that nobody ends.</summary>
    private static Task UntilCalledBackAsync(BrokerHarness harness) =>
        Eventually.TrueAsync(async () => (await SleepersAsync(harness)).Count == 0, within: WakeListener.Longest - TimeSpan.FromSeconds(1));

    private static async Task KillSleepersAsync(BrokerHarness harness)
    {
        foreach (var id in await SleepersAsync(harness))
        {
            await harness.Client.ExecuteAsync([RedisCommand.Create("CLIENT", "KILL", "ID", id)], default);
        }
    }

    /// <summary>Ids of the connections on which the worker sleeps in the broker.</summary>
    private static async Task<IReadOnlyList<string>> SleepersAsync(BrokerHarness harness) =>
        [.. (await harness.Client.ExecuteAsync(RedisCommand.Create("CLIENT", "LIST"), default)).AsString()
            .Split('\n')
            .Where(line => line.Contains("name=worker-sleeper", StringComparison.Ordinal) && line.Contains("flags=b", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[0]["id=".Length..])];
}
