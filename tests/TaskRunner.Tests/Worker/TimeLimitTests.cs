using System.Text.Json;
using FluentAssertions;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class TimeLimitTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Task_may_tidy_up_after_its_soft_limit_and_still_succeed()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("tidy", async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return "tidied up";
        }).TimeLimit(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(30));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("tidy"));

        (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Output = "\"tidied up\"", Attempts = 1 });
        worker.Engine.Abandoned.Total.Should().Be(0);
    }

    [Fact]
    public async Task Attempt_over_its_hard_limit_is_abandoned_its_slot_is_free_and_its_late_output_is_ignored()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        using var release = new ManualResetEventSlim();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("stuck", (JsonElement _, TaskContext context, CancellationToken _) =>
        {
            if (context.Attempt == 1)
            {
                release.Wait(CancellationToken.None);
                return Task.FromResult("late");
            }

            return Task.FromResult("second");
        }).TimeLimit(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(60)).Retry(1, Backoff.Fixed(TimeSpan.Zero));
        app.MapTask("other", (JsonElement _, TaskContext _, CancellationToken _) => Task.FromResult(1));
        await using var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Concurrency = 1 }, results);

        var stuck = await harness.EnqueueAsync(BrokerHarness.Message("stuck"));
        var other = await harness.EnqueueAsync(BrokerHarness.Message("other"));

        (await results.FinalAsync(other.Id)).State.Should().Be(TaskState.Succeeded);
        (await results.FinalAsync(stuck.Id)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Output = "\"second\"", Attempts = 2 });
        worker.Engine.Abandoned.Now.Should().Be(1);
        release.Set();
        await Eventually.TrueAsync(() => worker.Engine.Abandoned.Now == 0);
        worker.Engine.Abandoned.Total.Should().Be(1);
        (await results.FinalAsync(stuck.Id)).Output.Should().Be("\"second\"");
    }

    [Fact]
    public async Task Hard_limit_without_retries_makes_the_task_dead()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        using var release = new ManualResetEventSlim();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("deaf", (JsonElement _, TaskContext _, CancellationToken _) =>
        {
            release.Wait(CancellationToken.None);
            return Task.CompletedTask;
        }).TimeLimit(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(30)).DoNotRetry<TimeoutException>();
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("deaf"));

        (await results.FinalAsync(sent.Id)).Should().BeEquivalentTo(
            new { State = TaskState.Dead, Error = "TimeoutException: The task did not end within its hard time limit of 00:00:00.0300000; the attempt was abandoned." });
        release.Set();
    }

    [Fact]
    public async Task Time_limit_that_ends_a_blocking_wait_is_told_as_a_time_limit()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("blocking", Task (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
#pragma warning disable xUnit1031 // That is what is tried.
            Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping).Wait(CancellationToken.None);
#pragma warning restore xUnit1031
            return Task.CompletedTask;
        }).TimeLimit(TimeSpan.FromMilliseconds(30)).DoNotRetry<TimeoutException>();
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("blocking"));

        (await results.FinalAsync(sent.Id)).Error.Should().Be("TimeoutException: The task did not finish within its time limit of 00:00:00.0300000.");
    }

    [Fact]
    public void Worker_with_as_many_abandoned_attempts_as_slots_is_in_trouble_until_they_end()
    {
        var abandoned = new AbandonedAttempts(5);
        var attempts = Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource()).ToList();
        foreach (var attempt in attempts.Take(4))
        {
            abandoned.Add(attempt.Task);
        }

        abandoned.Trouble.Should().BeNull();
        abandoned.Add(attempts[4].Task);
        abandoned.Trouble.Should().Be("5 attempts run on after their hard time limit");
        attempts[0].SetException(new InvalidOperationException("ended at last"));
        abandoned.Trouble.Should().BeNull();
    }
}
