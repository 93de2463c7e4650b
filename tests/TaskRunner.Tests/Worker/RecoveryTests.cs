using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class RecoveryTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Tasks_of_a_worker_that_vanished_run_on_another_one_with_no_attempt_used()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "vanished", TimeSpan.FromMilliseconds(200));
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"));
        await harness.StepAsync("vanished", 1);
        var results = new MemoryResultStore();
        await using var worker = TestWorker.Start(Work(), redis.Url, harness, o => o with { Lease = Lease }, results);

        var result = await results.FinalAsync(sent.Id);

        result.Should().BeEquivalentTo(new { State = TaskState.Succeeded, Attempts = 1, Redeliveries = 1 });
        await Eventually.TrueAsync(() => worker.Observer.Recovered > 0);
        worker.Observer.Recovered.Should().Be(1);
    }

    [Fact]
    public async Task Worker_that_lost_its_lease_cancels_its_tasks_and_goes_on_under_a_new_name()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var cancelled = new TaskCompletionSource();
        var runs = 0;
        var app = TaskRunnerApp.Create([]);
        app.MapTask("once.endless", async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
            {
                await using var registration = stopping.Register(cancelled.SetResult);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
            }
        });
        await using var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Lease = Lease }, results);
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("once.endless"));
        await Eventually.TrueAsync(() => worker.Engine.Running == 1);
        var old = worker.Name;

        await TakeEverythingFromAsync(harness, old);

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        await Eventually.TrueAsync(() => worker.Name != old && worker.Engine.HoldsLease);
        (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Redeliveries = 1 });
    }

    [Fact]
    public async Task Late_acknowledgement_of_a_fenced_worker_is_refused_and_its_result_is_noted_as_superseded()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var gate = new TaskCompletionSource();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("deaf", async (JsonElement _, TaskContext context, CancellationToken _) =>
        {
            // The first run does not look at its token: it finishes after its worker was declared dead.
            if (context.Redeliveries == 0)
            {
                await gate.Task;
            }

            return context.Redeliveries;
        });
        await using var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Lease = Lease }, results);
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("deaf"));
        await Eventually.TrueAsync(() => worker.Engine.Running == 1);
        var old = worker.Name;

        await TakeEverythingFromAsync(harness, old);
        await Eventually.TrueAsync(() => worker.Name != old);
        gate.SetResult();

        (await results.FinalAsync(sent.Id)).Output.Should().Be("1");
        await Eventually.TrueAsync(() => worker.Observer.Finished.Count == 2);
        results.All.Should().ContainSingle().Which.Output.Should().Be("1");
        await Eventually.TrueAsync(() => !results.Superseded.IsEmpty);
        results.Superseded.Should().ContainSingle().Which.Should().BeEquivalentTo(new { sent.Id, Output = "0", Worker = old });
    }

    [Fact]
    public async Task Worker_goes_on_after_a_restart_of_the_broker_and_no_task_is_lost()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { AppendOnly = true });
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var results = new MemoryResultStore();
        await using var worker = TestWorker.Start(Work(), server.Url, harness, results: results);
        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 200).Select(_ => new EnqueueRequest(BrokerHarness.Message("work")))], default);
        await Eventually.TrueAsync(() => !worker.Observer.Finished.IsEmpty);

        await server.RestartAsync();

        await Eventually.TrueAsync(() => results.All.Count == 200);
        var last = await Eventually.ReturnsAsync(async () => await TryEnqueueAsync(harness), message => message is not null);
        await results.FinalAsync(last!.Id);
    }

    [Fact]
    public async Task Worker_that_starts_before_the_broker_waits_for_it()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        await server.KillAsync();
        var results = new MemoryResultStore();
        await using var worker = TestWorker.Start(Work(), server.Url, harness, results: results);
        worker.Engine.HasStarted.Should().BeFalse();

        await server.LaunchAgainAsync();

        await worker.UntilStartedAsync();
        var sent = await Eventually.ReturnsAsync(async () => await TryEnqueueAsync(harness), message => message is not null);
        await results.FinalAsync(sent!.Id);
    }

    [Fact]
    public async Task Forgotten_scripts_are_loaded_again()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        await using var worker = TestWorker.Start(Work(), redis.Url, harness, results: results);
        await worker.UntilStartedAsync();

        await harness.Client.ExecuteAsync(RedisCommand.Create("SCRIPT", "FLUSH"), default);
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"));

        (await results.FinalAsync(sent.Id)).State.Should().Be(TaskState.Succeeded);
    }

    [Fact]
    public async Task Worker_whose_connection_freezes_stops_trusting_its_lease_and_cancels_its_tasks()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var cancelled = new TaskCompletionSource();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("endless", async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            await using var registration = stopping.Register(() => cancelled.TrySetResult());
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
        });
        var worker = TestWorker.Start(app, server.Url, harness, o => o with { Lease = Lease, Drain = TimeSpan.Zero });
        await harness.EnqueueAsync(BrokerHarness.Message("endless"));
        await Eventually.TrueAsync(() => worker.Engine.Running == 1);

        await server.PauseAsync();

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        worker.Engine.HoldsLease.Should().BeFalse();
        await server.ResumeAsync();
        await Eventually.TrueAsync(() => worker.Engine.HoldsLease);
        await worker.DisposeAsync();
    }

    private static TaskRunnerApp Work()
    {
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        return app;
    }

    /// <summary>Does to a live worker what the others do to a dead one.</summary>
    private async Task TakeEverythingFromAsync(BrokerHarness harness, string worker)
    {
        using var lease = harness.Lease(redis.Url);
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, 1, worker), default);
        lease.Recover(worker, "default").Should().Be((1, 0));
    }

    private static async Task<TaskMessage?> TryEnqueueAsync(BrokerHarness harness)
    {
        try
        {
            return await harness.EnqueueAsync(BrokerHarness.Message("work"));
        }
        catch (BrokerUnavailableException)
        {
            return null;
        }
    }
}
