using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Workers are what frees the memory of a broker: none of them stands still because it is full.</summary>
public sealed class FullMemoryTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Ready_tasks_are_worked_off_although_a_delayed_one_is_due()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var results = new MemoryResultStore();
        var delayed = await harness.EnqueueAsync(BrokerHarness.Message("work"), delay: TimeSpan.FromMilliseconds(1));
        List<TaskMessage> sent = [];
        for (var i = 0; i < 50; i++)
        {
            sent.Add(await harness.EnqueueAsync(BrokerHarness.Message("work")));
        }

        await harness.PassAsync(TimeSpan.FromMilliseconds(2));
        await FillMemoryAsync(harness);
        await using var worker = TestWorker.Start(Work(), server.Url, harness, results: results);

        foreach (var message in sent.Append(delayed))
        {
            (await results.FinalAsync(message.Id)).State.Should().Be(TaskState.Succeeded);
        }

        worker.Engine.QueueTrouble.Should().BeNull();
    }

    [Fact]
    public async Task Task_of_a_dead_worker_is_recovered_although_another_one_held_nothing_but_a_result()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var results = new MemoryResultStore();
        foreach (var name in new[] { "a", "b" })
        {
            harness.TakeLease(server.Url, name);
        }

        var finished = await harness.EnqueueAsync(BrokerHarness.Message("work"));
        var held = (await harness.StepAsync("a", 1)).Messages[0];
        await harness.StepAsync("a", 0, new Acknowledge(held, ResultRecord.Write(new TaskResult
        {
            Id = finished.Id,
            Task = "work",
            Queue = "default",
            State = TaskState.Succeeded,
            Attempts = 1,
            EnqueuedAt = DateTimeOffset.UnixEpoch,
            Worker = "a",
        })));
        var lost = await harness.EnqueueAsync(BrokerHarness.Message("work"));
        await harness.StepAsync("b", 1);
        await ExecuteAsync(harness, "ZADD", harness.Queue.Leases, "XX", 1, "a", 2, "b");
        await FillMemoryAsync(harness);
        await using var worker = TestWorker.Start(Work(), server.Url, harness, o => o with { Lease = Lease }, results);

        (await results.FinalAsync(lost.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Redeliveries = 1 });
        (await results.FinalAsync(finished.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Worker = "a" });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drain_puts_tasks_back(bool ignoresCancellation)
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var gate = new TaskCompletionSource();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("gated", async (JsonElement _, TaskContext _, CancellationToken stopping) => await gate.Task.WaitAsync(ignoresCancellation ? CancellationToken.None : stopping));
        for (var i = 0; i < 3; i++)
        {
            await harness.EnqueueAsync(BrokerHarness.Message("gated"));
        }

        var before = await harness.ListAsync(harness.Queue.Ready[4]);
        var worker = TestWorker.Start(app, server.Url, harness, o => o with { Drain = TimeSpan.Zero });
        await Eventually.TrueAsync(() => worker.Engine.Running == 3);
        await FillMemoryAsync(harness);

        await worker.StopAsync();

        (await harness.ListAsync(harness.Queue.Ready[4])).Should().BeEquivalentTo(before);
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 3L, Running = 0L, Workers = 0 });
        gate.SetResult();
        await worker.DisposeAsync();
    }

    // A key that the account may not touch is refused as full memory is, for as long as it is wanted.
    [Fact]
    public async Task Promotion_and_retry_that_are_refused_cost_only_themselves()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var (results, log) = (new MemoryResultStore(), new CapturingLogger());
        var app = Work();
        app.MapTask("failing", (JsonElement _, TaskContext context, CancellationToken _) => context.Attempt == 1 ? Task.FromException(new InvalidOperationException("once")) : Task.CompletedTask)
            .Retry(2, Backoff.Fixed(TimeSpan.Zero));
        var delayed = await harness.EnqueueAsync(BrokerHarness.Message("work"), delay: TimeSpan.FromMilliseconds(1));
        var failing = await harness.EnqueueAsync(BrokerHarness.Message("failing"));
        List<TaskMessage> sent = [];
        for (var i = 0; i < 50; i++)
        {
            sent.Add(await harness.EnqueueAsync(BrokerHarness.Message("work")));
        }

        await harness.PassAsync(TimeSpan.FromMilliseconds(2));
        // All keys but that of delayed messages.
        await ExecuteAsync(harness, "ACL", "SETUSER", "default", "resetkeys", "~*[^m]", "~*[^d]m");
        await using var worker = TestWorker.Start(app, server.Url, harness, results: results, logger: log);

        foreach (var message in sent)
        {
            (await results.FinalAsync(message.Id)).State.Should().Be(TaskState.Succeeded);
        }

        await Eventually.TrueAsync(() => worker.Engine.QueueTrouble is { } trouble && trouble.Contains("promote", StringComparison.Ordinal) && trouble.Contains("retry", StringComparison.Ordinal));
        results.All.Should().NotContain(result => result.Id == delayed.Id);
        await ExecuteAsync(harness, "ACL", "SETUSER", "default", "allkeys");
        (await results.FinalAsync(delayed.Id)).State.Should().Be(TaskState.Succeeded);
        (await results.FinalAsync(failing.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Attempts = 2, Redeliveries = 0 });
        await Eventually.TrueAsync(() => worker.Engine.QueueTrouble is null);
        log.Entries.Where(entry => entry.Message.Contains("NOPERM", StringComparison.Ordinal)).Should().HaveCount(2, "each kind of work is logged once");
    }

    [Fact]
    public async Task Broker_that_answers_and_refuses_every_turn_is_named_for_readiness()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var results = new MemoryResultStore();
        await using var worker = TestWorker.Start(Work(), server.Url, harness, results: results);
        await worker.UntilStartedAsync();

        // All keys but that of the dead set, which each step has and no lease needs.
        await ExecuteAsync(harness, "ACL", "SETUSER", "default", "resetkeys", "~*[^x]");
        await ExecuteAsync(harness, "RPUSH", harness.Queue.Wake, "1");
        await Eventually.TrueAsync(() => worker.Engine.BrokerRefusal?.Contains("NOPERM", StringComparison.Ordinal) == true);
        worker.Engine.HoldsLease.Should().BeTrue();
        await ExecuteAsync(harness, "ACL", "SETUSER", "default", "allkeys");

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"));
        (await results.FinalAsync(sent.Id)).State.Should().Be(TaskState.Succeeded);
        await Eventually.TrueAsync(() => worker.Engine.BrokerRefusal is null);
    }

    [Fact]
    public async Task Recovery_that_is_refused_costs_only_itself()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var (results, log) = (new MemoryResultStore(), new CapturingLogger());
        Dictionary<string, TaskMessage> lost = [];
        foreach (var name in new[] { "deadA", "deadB" })
        {
            harness.TakeLease(server.Url, name);
            lost[name] = await harness.EnqueueAsync(BrokerHarness.Message("work"));
            await harness.StepAsync(name, 1);
        }

        await ExecuteAsync(harness, "ZADD", harness.Queue.Leases, "XX", 1, "deadA", 2, "deadB");
        await ExecuteAsync(harness, "ACL", "SETUSER", "default", "resetkeys", "~*[^A]");
        await using var worker = TestWorker.Start(Work(), server.Url, harness, o => o with { Lease = Lease }, results, log);

        (await results.FinalAsync(lost["deadB"].Id)).State.Should().Be(TaskState.Succeeded);
        await Eventually.TrueAsync(() => worker.Engine.QueueTrouble?.Contains("deadA", StringComparison.Ordinal) == true);
        for (var beat = 0; beat < 3; beat++)
        {
            // The report is the last step of a beat.
            await ExecuteAsync(harness, "DEL", harness.Keys.Report(worker.Name));
            await Eventually.TrueAsync(async () => await harness.NumberAsync("EXISTS", harness.Keys.Report(worker.Name)) == 1);
        }

        log.Entries.Where(entry => entry.Message.Contains("NOPERM", StringComparison.Ordinal)).Should().ContainSingle("it is logged once");
        await ExecuteAsync(harness, "ACL", "SETUSER", "default", "allkeys");
        (await results.FinalAsync(lost["deadA"].Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Redeliveries = 1 });
        await Eventually.TrueAsync(() => worker.Engine.QueueTrouble is null);
    }

    private static TaskRunnerApp Work()
    {
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        return app;
    }

    private static Task FillMemoryAsync(BrokerHarness harness) => ExecuteAsync(harness, "CONFIG", "SET", "maxmemory", 1);

    private static async Task ExecuteAsync(BrokerHarness harness, string command, params RedisArgument[] arguments) =>
        (await harness.Client.ExecuteAsync(RedisCommand.Create(command, arguments), default)).IsError.Should().BeFalse();
}
