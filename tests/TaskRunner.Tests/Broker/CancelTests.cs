using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public abstract class CancelTests(RedisFixture redis)
{
    [Fact]
    public async Task Delayed_task_ends_at_once_with_a_result()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var sent = await harness.EnqueueAsync(delay: TimeSpan.FromHours(1));

        (await harness.Broker.CancelAsync(sent.Id, default)).Should().Be(CancelStatus.Cancelled);

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Delayed = 0L, Cancelled = 1L });
        (await harness.ResultsAsync(harness.Queue.OrphanedResults)).Should().ContainSingle().Which.Should().BeEquivalentTo(new { sent.Id, State = TaskState.Cancelled });
    }

    [Fact]
    public async Task Parked_task_ends_at_once()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var rules = new TaskRules { ConcurrencyKey = "a" };
        await harness.EnqueueAsync(BrokerHarness.Message() with { Rules = rules });
        var parked = await harness.EnqueueAsync(BrokerHarness.Message() with { Rules = rules });
        await harness.StepAsync("w1", 5);

        (await harness.Broker.CancelAsync(parked.Id, default)).Should().Be(CancelStatus.Cancelled);

        (await harness.NumberAsync("ZCARD", harness.Queue.Parked)).Should().Be(0);
        (await harness.NumberAsync("HLEN", harness.Queue.ParkedMessages)).Should().Be(0);
    }

    [Fact]
    public async Task Ready_task_ends_when_it_is_fetched()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = await harness.EnqueueAsync();

        (await harness.Broker.CancelAsync(sent.Id, default)).Should().Be(CancelStatus.Marked);

        var reply = await harness.StepAsync("w1", 5);
        reply.Messages.Should().BeEmpty();
        reply.Cancelled.Should().Be(1);
        (await harness.ResultsAsync(harness.Queue.Results("w1"))).Should().ContainSingle().Which.State.Should().Be(TaskState.Cancelled);
        (await harness.NumberAsync("ZCARD", harness.Queue.Cancelled)).Should().Be(0);
    }

    [Fact]
    public async Task Worker_hears_of_a_running_task_and_its_success_counts_as_cancelled()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = await harness.EnqueueAsync();
        var held = (await harness.StepAsync("w1", 5)).Messages[0];
        using var lease = harness.Lease(redis.Url);
        lease.Renew("w1").Cancelled.Should().BeEmpty();

        (await harness.Broker.CancelAsync(sent.Id, default)).Should().Be(CancelStatus.Running);

        lease.Renew("w1").Cancelled.Should().Equal(("default", held.Id));
        await harness.StepAsync("w1", 0, new Acknowledge(held, ResultRecord.Write(Succeeded(sent))));
        (await harness.ResultsAsync(harness.Queue.Results("w1"))).Should().ContainSingle().Which.State.Should().Be(TaskState.Cancelled);
        lease.Renew("w1").Cancelled.Should().BeEmpty();
    }

    [Fact]
    public async Task Cancelled_task_of_a_dead_worker_does_not_start_again()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "dead", TimeSpan.FromMilliseconds(50));
        var sent = await harness.EnqueueAsync();
        await harness.StepAsync("dead", 5);
        await harness.Broker.CancelAsync(sent.Id, default);
        using (var lease = harness.Lease(redis.Url))
        {
            await Eventually.TrueAsync(() => lease.Recover("dead", "default") is not null);
        }

        (await harness.StepAsync("w1", 5)).Messages.Should().BeEmpty();
    }

    [Fact]
    public async Task Cancelled_task_that_is_retried_does_not_start_again()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = await harness.EnqueueAsync();
        var held = (await harness.StepAsync("w1", 5)).Messages[0];
        await harness.Broker.CancelAsync(sent.Id, default);
        await harness.StepAsync("w1", 0, new Retry(held.Id, "default", held.Bytes, TimeSpan.Zero, []));
        await harness.Broker.PromoteAsync("default", 10, default);

        (await harness.StepAsync("w1", 5)).Cancelled.Should().Be(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelled_task_that_gives_up_ends_as_cancelled_and_is_not_dead(bool overBudget)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { RetryBudget = 1 });
        harness.TakeLease(redis.Url, "w1");
        await SpendBudgetAsync(harness);
        var sent = await harness.EnqueueAsync(BrokerHarness.Message() with { Rules = new TaskRules { UniqueKey = "k", ConcurrencyKey = "a" } });
        var held = (await harness.StepAsync("w1", 1)).Messages[0];
        (await harness.Broker.CancelAsync(sent.Id, default)).Should().Be(CancelStatus.Running);

        var bury = new Bury(held.Id, "default", held.Bytes, "{}"u8.ToArray(), ResultRecord.Write(Succeeded(sent) with { State = TaskState.Dead }));
        await harness.StepAsync("w1", 0, overBudget ? new Retry(held.Id, "default", held.Bytes, TimeSpan.FromMinutes(1), [], bury) : bury);

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Dead = 0L, Running = 0L, Cancelled = 1L });
        (await harness.ResultsAsync(harness.Queue.Results("w1"))).Should().ContainSingle().Which.Should().BeEquivalentTo(new { sent.Id, State = TaskState.Cancelled });
        (await harness.NumberAsync("HLEN", harness.Queue.Unique)).Should().Be(0);
        (await harness.NumberAsync("HLEN", harness.Queue.Slots)).Should().Be(0);
        (await harness.NumberAsync("ZCARD", harness.Queue.Cancelled)).Should().Be(0);
    }

    [Fact]
    public async Task Cancelled_task_that_took_down_too_many_workers_ends_as_cancelled_and_is_not_dead()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { MaxRedeliveries = 0 });
        harness.TakeLease(redis.Url, "dead", TimeSpan.FromMilliseconds(50));
        var sent = await harness.EnqueueAsync(BrokerHarness.Message() with { Rules = new TaskRules { UniqueKey = "k", ConcurrencyKey = "a" } });
        await harness.StepAsync("dead", 5);
        await harness.Broker.CancelAsync(sent.Id, default);
        using (var lease = harness.Lease(redis.Url))
        {
            await Eventually.TrueAsync(() => lease.Recover("dead", "default") is (0, 0));
        }

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Dead = 0L, Waiting = 0L, Cancelled = 1L });
        (await harness.ResultsAsync(harness.Queue.OrphanedResults)).Should().ContainSingle().Which.Should().BeEquivalentTo(new { sent.Id, State = TaskState.Cancelled });
        (await harness.NumberAsync("HLEN", harness.Queue.Unique)).Should().Be(0);
        (await harness.NumberAsync("HLEN", harness.Queue.Slots)).Should().Be(0);
    }

    [Fact]
    public async Task Queue_forgets_that_there_are_marks_once_the_last_one_is_used_up()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var (first, second) = (await harness.EnqueueAsync(), await harness.EnqueueAsync());
        await harness.Broker.CancelAsync(first.Id, default);
        await harness.Broker.CancelAsync(second.Id, default);

        (await harness.StepAsync("w1", 1)).Cancelled.Should().Be(2);
        await harness.StepAsync("w1", 1);

        (await harness.Client.ExecuteAsync(RedisCommand.Create("HEXISTS", harness.Queue.Meta, "cancels"), default)).AsInteger().Should().Be(0, "every fetch would look for marks");
        var third = await harness.EnqueueAsync();
        await harness.Broker.CancelAsync(third.Id, default);
        (await harness.StepAsync("w1", 1)).Cancelled.Should().Be(1);
    }

    /// <summary>From here on each retry of the queue is over its budget.</summary>
    private static async Task SpendBudgetAsync(BrokerHarness harness)
    {
        for (var i = 0; i < BrokerOptions.RetriesAlwaysAllowed; i++)
        {
            await harness.EnqueueAsync();
            var held = (await harness.StepAsync("w1", 1)).Messages[0];
            await harness.StepAsync("w1", 0, new Retry(held.Id, "default", held.Bytes, TimeSpan.FromMinutes(1), [], new Bury(held.Id, "default", held.Bytes, [], [])));
        }
    }

    private static TaskResult Succeeded(TaskMessage sent) => new()
    {
        Id = sent.Id,
        Task = sent.Task,
        Queue = sent.Queue,
        State = TaskState.Succeeded,
        Output = """{"state":"succeeded"}""",
        Attempts = 1,
        EnqueuedAt = sent.EnqueuedAt,
    };
}
