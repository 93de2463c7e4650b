using System.Collections.Concurrent;
using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Loops;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Results that cannot be dealt with cost themselves only, on the worker that made them and on each that adopts them.</summary>
public sealed class PoisonedResultTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly CapturingLogger log = new();
    private readonly ConcurrentQueue<string> alerts = new();

    [Fact]
    public async Task Store_that_fails_for_one_result_gets_all_others_and_that_one_without_its_output()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new ChoosyStore(result => result.Output == "\"poison\"");
        var sent = Enumerable.Range(0, 60).Select(i => BrokerHarness.Message("echo", arguments: i == 17 ? "\"poison\"" : $"{i}")).ToList();
        await harness.Broker.EnqueueAsync([.. sent.Select(message => new EnqueueRequest(message))], default);

        await using var worker = TestWorker.Start(App(), redis.Url, harness, results: results, logger: log);

        await Eventually.TrueAsync(() => results.All.Count == 60);
        results.All.Where(r => r.Output is null).Should().ContainSingle().Which.Should().BeEquivalentTo(new { sent[17].Id, State = TaskState.Succeeded, Error = "The result could not be stored: UnexpectedException: it does not fit" });
        worker.Engine.Aside.Counts.Should().Equal(new Dictionary<string, long> { ["default"] = 1 });
        log.Of(LogLevel.Error).Should().ContainSingle(line => line.Contains("set aside", StringComparison.Ordinal)).Which.Should().Contain(sent[17].Id.ToString());
        worker.Engine.Loops.Trouble.Should().BeNull();
    }

    [Fact]
    public async Task Store_that_takes_nothing_of_a_result_gets_all_others()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var poison = BrokerHarness.Message("echo", arguments: "1");
        var results = new ChoosyStore(result => result.Id == poison.Id);
        await harness.EnqueueAsync(poison);
        await using var worker = TestWorker.Start(App(), redis.Url, harness, results: results, logger: log);
        await Eventually.TrueAsync(() => worker.Engine.Aside.Counts.GetValueOrDefault("default") == 1);

        var good = await harness.EnqueueAsync(BrokerHarness.Message("echo", arguments: "2"));

        (await results.FinalAsync(good.Id)).Output.Should().Be("2");
        (await harness.NumberAsync("LLEN", harness.Queue.Results(worker.Name))).Should().Be(0);
        (await harness.Broker.KeptResultsAsync([poison.Id], default)).Should().ContainSingle().Which.Should().BeEquivalentTo(
            new { State = TaskState.Succeeded, Output = (string?)null, Error = "The result could not be stored: UnexpectedException: it does not fit" });
    }

    [Fact]
    public async Task Store_that_fails_at_every_call_is_away_and_gets_all_results_once_it_works()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new ChoosyStore(_ => true) { IsBroken = true };
        var sent = Enumerable.Range(0, 20).Select(i => BrokerHarness.Message("echo", arguments: $"{i}")).ToList();
        await harness.Broker.EnqueueAsync([.. sent.Select(message => new EnqueueRequest(message))], default);
        await using var worker = TestWorker.Start(App(), redis.Url, harness, results: results, logger: log);
        await Eventually.TrueAsync(() => worker.Observer.Finished.Count == 20 && worker.Engine.ResultTrouble is not null);

        worker.Engine.ResultTrouble.Should().Contain("The database client fails at every call: UnexpectedException: it does not fit");
        results.Mend();

        foreach (var message in sent)
        {
            (await results.FinalAsync(message.Id)).Output.Should().NotBeNull("nothing of it was given up");
        }

        worker.Engine.Aside.Counts.Should().BeEmpty();
        await Eventually.TrueAsync(() => worker.Engine.ResultTrouble is null);
    }

    [Theory]
    [InlineData("{broken")]
    [InlineData("[1] 2")]
    public async Task Member_whose_output_cannot_be_reported_fails_its_group_and_all_others_go_on(string output)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var (group, member) = (Guid.NewGuid(), Guid.NewGuid());
        await harness.Broker.OpenGroupAsync(group, new GroupPlan([new GroupTask(member, "echo", "default")], [new FlowStep { Task = "echo" }], new FlowStep { Task = "alert" }, null), default);
        await PoisonAsync(harness, member, output, new FlowState { Group = group, Error = new FlowStep { Task = "alert" } });
        var results = new MemoryResultStore();

        // Two workers, one after the other: what one cannot deal with must not end the next one that adopts it.
        for (var i = 0; i < 2; i++)
        {
            await using var worker = TestWorker.Start(App(), redis.Url, harness, results: results, logger: log);
            var good = await harness.EnqueueAsync(BrokerHarness.Message("echo", arguments: $"{i}"));
            (await results.FinalAsync(good.Id)).Output.Should().Be($"{i}");
            await Eventually.TrueAsync(() => !alerts.IsEmpty);
            worker.Engine.Loops.Trouble.Should().BeNull();
        }

        alerts.Should().ContainSingle().Which.Should().Contain("could not be passed on");
        (await harness.Broker.ReadGroupAsync(group, default))!.State.Should().Be("failed");
        (await results.FinalAsync(member)).Error.Should().Contain("The result could not be passed on");
        log.Of(LogLevel.Error).Should().Contain(line => line.Contains(member.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Group_whose_key_holds_another_type_costs_no_other_result()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var (group, member) = (Guid.NewGuid(), Guid.NewGuid());
        await harness.Client.ExecuteAsync(RedisCommand.Create("SET", harness.Keys.Group(group), "no group"), default);
        await PoisonAsync(harness, member, "1", new FlowState { Group = group });
        var results = new MemoryResultStore();

        await using var worker = TestWorker.Start(App(), redis.Url, harness, results: results, logger: log);
        var good = await harness.EnqueueAsync(BrokerHarness.Message("echo", arguments: "2"));

        (await results.FinalAsync(good.Id)).Output.Should().Be("2");
        (await results.FinalAsync(member)).Error.Should().Contain("is a string and must be a hash");
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"id":"00000000000000000000000000000001","flow":"{","keep":1e30}""")]
    [InlineData("""{"id":7,"flow":{},"keep":"soon"}""")]
    [InlineData("""{"id":"00000000000000000000000000000001","task":"t","state":"succeeded","attempts":1,"redeliveries":0,"enqueuedAt":1e300,"keep":5}""")]
    [InlineData("""{"id":"00000000000000000000000000000001","task":"t","state":"no state","attempts":1.5,"redeliveries":0,"enqueuedAt":1}""")]
    public async Task Record_that_is_no_result_is_set_aside_and_all_others_are_written(string record)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.OrphanedResults, record, record), default);
        var results = new MemoryResultStore();

        await using var worker = TestWorker.Start(App(), redis.Url, harness, results: results, logger: log);
        var good = await harness.EnqueueAsync(BrokerHarness.Message("echo", arguments: "2"));

        (await results.FinalAsync(good.Id)).Output.Should().Be("2");
        await Eventually.TrueAsync(async () => await harness.NumberAsync("LLEN", harness.Queue.Results(worker.Name)) == 0);
        worker.Engine.Aside.Counts["default"].Should().BeGreaterThanOrEqualTo(2);
        worker.Engine.Loops.Trouble.Should().BeNull();
    }

    [Fact]
    public async Task Output_of_sixty_four_levels_in_a_group_does_not_end_the_relay()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = App();
        app.MapTask("deep", (JsonElement _, TaskContext _, CancellationToken _) => Task.FromResult(JsonDocument.Parse(new string('[', 64) + new string(']', 64)).RootElement.Clone()));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results, logger: log);

        var flow = await new FlowEnqueuer(harness.Broker, TimeProvider.System).StartAsync(Flow.Chain(Flow.Group(new Step("deep"), new Step("echo", JsonElement.Parse("1")))), Guid.NewGuid(), default);

        await Eventually.TrueAsync(async () => (await harness.Broker.ReadGroupAsync(flow.Id, default))!.Ends.Count == 2);
        var good = await harness.EnqueueAsync(BrokerHarness.Message("echo", arguments: "2"));
        (await results.FinalAsync(good.Id)).Output.Should().Be("2");
    }

    [Fact]
    public async Task Results_that_were_adopted_by_a_heartbeat_whose_reply_was_lost_are_written_with_the_next_one()
    {
        await using var server = await RedisServer.StartAsync();
        await using var proxy = TcpProxy.To(server.Port);
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        var results = new MemoryResultStore();
        await using var worker = TestWorker.Start(App(), proxy.Url, harness, o => o with { Lease = TimeSpan.FromSeconds(5) }, results);
        await worker.UntilStartedAsync();
        var orphan = Guid.NewGuid();

        // What a beat adopts whose reply never comes is in this worker's list already, and no reply will ever count it again.
        await PoisonAsync(harness, orphan, "7", null, harness.Queue.Results(worker.Name));
        proxy.FallSilent();

        (await results.FinalAsync(orphan)).Output.Should().Be("7");
    }

    [Fact]
    public async Task Results_that_were_adopted_are_written_although_the_recovery_beside_them_fails()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        await using var worker = TestWorker.Start(App(), redis.Url, harness, o => o with { Lease = TimeSpan.FromSeconds(3) }, results);
        await worker.UntilStartedAsync();

        // What the dead worker held is no hash: its recovery fails with each beat.
        await harness.Client.ExecuteAsync(RedisCommand.Create("SET", harness.Queue.InFlight("dead:1"), "no hash"), default);
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, 1, "dead:1"), default);
        var orphan = Guid.NewGuid();
        await PoisonAsync(harness, orphan, "7", null);

        (await results.FinalAsync(orphan)).Output.Should().Be("7");
    }

    private TaskRunnerApp App()
    {
        var app = TaskRunnerApp.Create([]);
        app.MapTask("echo", (JsonElement arguments, TaskContext _, CancellationToken _) => Task.FromResult(arguments));
        app.MapTask("alert", (JsonElement arguments, TaskContext _, CancellationToken _) =>
        {
            alerts.Enqueue(arguments.GetRawText());
            return Task.CompletedTask;
        });
        return app;
    }

    /// <summary>Leaves a result as a worker that died would.</summary>
    private static async Task PoisonAsync(BrokerHarness harness, Guid id, string output, FlowState? flow, string? list = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var result = new TaskResult { Id = id, Task = "echo", Queue = "default", State = TaskState.Succeeded, Output = output, Attempts = 1, EnqueuedAt = now, StartedAt = now, FinishedAt = now };
        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", list ?? harness.Queue.OrphanedResults, ResultRecord.Write(result, flow?.Write())), default);
    }

    private sealed class ChoosyStore(Func<TaskResult, bool> refuses) : IResultStore
    {
        private readonly MemoryResultStore inner = new();
        private volatile Func<TaskResult, bool> refuses = refuses;

        /// <summary>Whether reading fails, too.</summary>
        public volatile bool IsBroken;

        public void Mend()
        {
            IsBroken = false;
            refuses = _ => false;
        }

        public IReadOnlyCollection<TaskResult> All => inner.All;

        public Task<TaskResult> FinalAsync(Guid id) => inner.FinalAsync(id);

        public Task WriteAsync(IReadOnlyList<TaskResult> results, CancellationToken cancellationToken) =>
            results.Any(refuses) ? throw new UnexpectedException("it does not fit") : inner.WriteAsync(results, cancellationToken);

        public Task NoteSupersededAsync(IReadOnlyList<TaskResult> results, CancellationToken cancellationToken) => throw new UnexpectedException("no notes");

        public Task<IReadOnlyList<TaskResult>> ReadSupersededAsync(Guid id, CancellationToken cancellationToken) => inner.ReadSupersededAsync(id, cancellationToken);

        public Task<TaskResult?> ReadAsync(Guid id, CancellationToken cancellationToken) =>
            IsBroken ? throw new UnexpectedException("no answers") : inner.ReadAsync(id, cancellationToken);

        public Task<IReadOnlyList<TaskResult>> ReadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) => inner.ReadAsync(ids, cancellationToken);

        public Task<int> DeleteExpiredAsync(CancellationToken cancellationToken) => inner.DeleteExpiredAsync(cancellationToken);
    }
}
