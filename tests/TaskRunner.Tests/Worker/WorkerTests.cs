using System.Collections.Concurrent;
using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using TaskRunner.Broker;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Tasks from the queue to their end.</summary>
public sealed class WorkerTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Task_runs_and_its_output_is_kept(int protocol)
    {
        var url = $"{redis.Url}?protocol={protocol}";
        await using var harness = await BrokerHarness.OpenAsync(url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("sum", (int[] numbers, TaskContext _, CancellationToken _) => Task.FromResult(numbers.Sum()));
        await using var worker = TestWorker.Start(app, url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("sum", arguments: "[1,2,39]"));

        var result = await results.FinalAsync(sent.Id);
        result.Should().BeEquivalentTo(new { State = TaskState.Succeeded, Output = "42", Attempts = 1, Redeliveries = 0, Queue = "default", Task = "sum" });
        result.Worker.Should().StartWith("worker:");
        result.StartedAt.Should().BeOnOrAfter(result.EnqueuedAt.AddSeconds(-1));
    }

    [Fact]
    public async Task Task_knows_itself_and_gets_scoped_services()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.Services.AddScoped<List<string>>();
        app.MapTask("whoami", (JsonElement _, TaskContext context, CancellationToken _) =>
        {
            var scope = context.Services.GetRequiredService<List<string>>();
            scope.Add($"{context.Id:N} {context.Task} {context.Queue} {context.Priority} {context.Attempt} {context.Redeliveries} {context.Schedule}");
            return Task.FromResult(scope.Single());
        });
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("whoami", priority: 8) with { Schedule = "nightly" });

        (await results.FinalAsync(sent.Id)).Output.Should().Be($"\"{sent.Id:N} whoami default 8 1 0 nightly\"");
    }

    [Fact]
    public async Task Failing_task_is_tried_again_and_its_attempts_are_counted()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("third.time", (JsonElement _, TaskContext context, CancellationToken _) =>
            context.Attempt < 3 ? throw new InvalidOperationException("not yet") : Task.FromResult("done")).Retry(5, Backoff.Fixed(TimeSpan.FromMilliseconds(5)));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("third.time"));

        (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Output = "\"done\"", Attempts = 3 });
    }

    [Fact]
    public async Task Task_that_fails_to_the_end_is_dead_with_its_last_error()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("never", (JsonElement _, TaskContext context, CancellationToken _) => throw new InvalidOperationException($"attempt {context.Attempt}")).Retry(2, Backoff.Fixed(TimeSpan.Zero));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("never"));

        (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { State = TaskState.Dead, Error = "InvalidOperationException: attempt 3", Attempts = 3 });
        (await harness.Broker.FindAsync(sent.Id, default))!.State.Should().Be(TaskState.Dead);
    }

    [Fact]
    public async Task Permanent_failure_uses_no_retries()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("refused", (JsonElement _, TaskContext _, CancellationToken _) => throw new PermanentFailureException("the customer is gone"));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("refused"));

        (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { State = TaskState.Dead, Error = "the customer is gone", Attempts = 1 });
    }

    [Fact]
    public async Task Arguments_that_do_not_fit_kill_the_task_with_a_clear_error()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("number", (int number, TaskContext _, CancellationToken _) => Task.FromResult(number));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("number", arguments: "\"twelve\""));

        (await results.FinalAsync(sent.Id)).Error.Should().StartWith("The arguments of 'number' do not fit Int32");
    }

    [Fact]
    public async Task Time_limit_cancels_the_attempt_and_counts_as_failure()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("slow", async (JsonElement _, TaskContext _, CancellationToken stopping) => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping))
            .TimeLimit(TimeSpan.FromMilliseconds(50)).Retry(0);
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("slow"));

        (await results.FinalAsync(sent.Id)).Error.Should().Be("TimeoutException: The task did not finish within its time limit of 00:00:00.0500000.");
    }

    [Fact]
    public async Task Output_over_the_limit_kills_the_task()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { MaxPayloadBytes = 1024 });
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("large", (JsonElement _, TaskContext _, CancellationToken _) => Task.FromResult(new string('x', 2000)));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("large"));

        (await results.FinalAsync(sent.Id)).Error.Should().Be("The task finished, but its output has more than 1,024 bytes as JSON, the limit (TASKRUNNER_MAX_PAYLOAD_BYTES).");
    }

    [Fact]
    public async Task Concurrency_is_used_fully_and_never_exceeded()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        int now = 0, most = 0;
        var app = TaskRunnerApp.Create([]);
        app.MapTask("count", async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            var running = Interlocked.Increment(ref now);
            InterlockedMax(ref most, running);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, stopping);
            Interlocked.Decrement(ref now);
        });
        await using var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Concurrency = 3 }, results);

        await harness.Broker.EnqueueAsync([.. Enumerable.Range(0, 30).Select(_ => new EnqueueRequest(BrokerHarness.Message("count")))], default);

        await Eventually.TrueAsync(() => results.All.Count == 30);
        most.Should().Be(3);
    }

    [Fact]
    public async Task Queues_take_turns_also_when_one_has_a_long_backlog()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var order = new ConcurrentQueue<string>();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext context, CancellationToken _) =>
        {
            order.Enqueue(context.Queue);
            return Task.CompletedTask;
        });
        var backlog = Enumerable.Range(0, 50).Select(_ => new EnqueueRequest(BrokerHarness.Message("work", "busy")));
        await harness.Broker.EnqueueAsync([.. backlog, new EnqueueRequest(BrokerHarness.Message("work", "quiet"))], default);

        await using var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Queues = [new QueueShare("busy"), new QueueShare("quiet")], Concurrency = 1 }, results);

        await Eventually.TrueAsync(() => order.Count == 51);
        order.ToList().IndexOf("quiet").Should().BeLessThan(3);
    }

    [Fact]
    public async Task Delayed_task_runs_when_it_is_due_and_not_before()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);
        await worker.UntilStartedAsync();

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("work"), TimeSpan.FromMilliseconds(400));

        var result = await results.FinalAsync(sent.Id);
        (result.StartedAt!.Value - result.EnqueuedAt).Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(399));
    }

    [Fact]
    public async Task Task_pushed_by_hand_without_a_wake_up_is_found()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);
        await worker.UntilStartedAsync();
        var id = Guid.NewGuid();

        await harness.Client.ExecuteAsync(TaskRunner.Redis.RedisCommand.Create("RPUSH", harness.Queue.Ready[4], $$"""{{id:N}}500{"task":"work"}"""), default);

        var result = await results.FinalAsync(id);
        result.State.Should().Be(TaskState.Succeeded);
        result.EnqueuedAt.Should().Be(result.StartedAt!.Value, "its producer did not say when it enqueued it");
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
            // Somebody else raised it meanwhile.
        }
    }
}
