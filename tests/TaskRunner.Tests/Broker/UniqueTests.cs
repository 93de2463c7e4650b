using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public abstract class UniqueTests(RedisFixture redis)
{
    [Fact]
    public async Task Second_task_with_a_held_key_is_refused_and_nothing_is_added()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var first = Unique();

        var statuses = await harness.Broker.EnqueueAsync([first, Unique(), Unique("other")], default);

        statuses.Should().Equal(EnqueueStatus.Accepted, EnqueueStatus.UniqueKeyHeld, EnqueueStatus.Accepted);
        (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(2);
        (await harness.Broker.UniqueHolderAsync("default", "k", default)).Should().Be(first.Message.Id);
        (await harness.Broker.UniqueKeysAsync("default", default)).Select(k => k.Key).Should().Equal("k", "other");
    }

    [Fact]
    public async Task Repeated_enqueue_of_the_task_that_holds_the_key_is_a_duplicate()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var request = Unique();

        (await harness.Broker.EnqueueAsync([request, request], default)).Should().Equal(EnqueueStatus.Accepted, EnqueueStatus.Duplicate);
    }

    [Fact]
    public async Task Refused_task_leaves_no_memory_of_its_id()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var second = Unique() with { RememberId = TimeSpan.FromMinutes(1) };
        await harness.Broker.EnqueueAsync([Unique(), second], default);
        await harness.Broker.ReleaseUniqueAsync("default", "k", null, default);

        (await harness.Broker.EnqueueAsync([second], default)).Should().Equal(EnqueueStatus.Accepted);
        (await harness.Broker.RemembersAsync("default", [second.Message.Id, Guid.NewGuid()], default)).Should().Equal(true, false);
    }

    [Fact]
    public async Task Key_whose_time_is_over_is_released_from_nobody()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.Broker.EnqueueAsync([Unique() with { UniqueFor = TimeSpan.FromSeconds(1) }], default);
        await harness.PassAsync(TimeSpan.FromSeconds(1));

        (await harness.Broker.ReleaseUniqueAsync("default", "k", null, default)).Should().BeNull();
    }

    [Fact]
    public async Task Replaced_task_that_no_worker_knew_is_not_waited_for_any_more()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Broker.EnqueueAsync([Unique()], default);
        var held = (await harness.StepAsync("w1", 1)).Messages[0];
        await harness.StepAsync("w1", 0, new Park(held.Id, "default", held.Bytes, TaskKind.OfType("new.task")));

        await harness.Broker.EnqueueAsync([Unique() with { OnConflict = UniqueConflict.Replace }], default);

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Parked = 0L, Cancelled = 1L, Waiting = 1L });
        (await harness.NumberAsync("HLEN", harness.Queue.ParkedByKind)).Should().Be(0);
    }

    [Theory]
    [InlineData(UniqueUntil.Start, true)]
    [InlineData(UniqueUntil.Done, false)]
    public async Task Key_is_given_back_at_the_start_or_not_before_the_end(UniqueUntil until, bool freeWhileRunning)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await harness.Broker.EnqueueAsync([Unique(until: until)], default);

        var held = (await harness.StepAsync("w1", 1)).Messages[0];

        (await harness.Broker.UniqueHolderAsync("default", "k", default) is null).Should().Be(freeWhileRunning);
        await harness.StepAsync("w1", 0, new Acknowledge(held, []));
        (await harness.Broker.UniqueHolderAsync("default", "k", default)).Should().BeNull();
    }

    [Fact]
    public async Task Key_survives_a_retry_and_a_recovery_and_is_given_back_by_death()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = Unique();
        await harness.Broker.EnqueueAsync([sent], default);
        var held = (await harness.StepAsync("w1", 1)).Messages[0];
        await harness.StepAsync("w1", 0, new Retry(held.Id, "default", held.Bytes, TimeSpan.Zero, []));
        await harness.Broker.PromoteAsync("default", 10, default);
        harness.TakeLease(redis.Url, "dead", TimeSpan.FromMilliseconds(50));
        await harness.StepAsync("dead", 1);
        using (var lease = harness.Lease(redis.Url))
        {
            await Eventually.TrueAsync(() => lease.Recover("dead", "default") is not null);
        }

        (await harness.Broker.UniqueHolderAsync("default", "k", default)).Should().Be(sent.Message.Id);

        var again = (await harness.StepAsync("w1", 1)).Messages[0];
        await harness.StepAsync("w1", 0, new Bury(again.Id, "default", again.Bytes, "{}"u8.ToArray(), []));
        (await harness.Broker.UniqueHolderAsync("default", "k", default)).Should().BeNull();
    }

    [Fact]
    public async Task Delayed_task_is_replaced_at_once()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var first = Unique() with { Delay = TimeSpan.FromHours(1) };
        var second = Unique() with { OnConflict = UniqueConflict.Replace };

        (await harness.Broker.EnqueueAsync([first, second], default)).Should().Equal(EnqueueStatus.Accepted, EnqueueStatus.Accepted);

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 1L, Delayed = 0L });
        (await harness.Broker.UniqueHolderAsync("default", "k", default)).Should().Be(second.Message.Id);
        var result = (await harness.ResultsAsync(harness.Queue.OrphanedResults)).Should().ContainSingle().Which;
        result.Should().BeEquivalentTo(new { first.Message.Id, State = TaskState.Cancelled });
        result.Error.Should().Contain(second.Message.Id.ToString("N"));
    }

    [Fact]
    public async Task Ready_task_is_replaced_and_never_starts()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var second = Unique() with { OnConflict = UniqueConflict.Replace };
        await harness.Broker.EnqueueAsync([Unique(), second], default);

        var reply = await harness.StepAsync("w1", 5);

        reply.Cancelled.Should().Be(1);
        reply.Messages.Should().ContainSingle().Which.Id.Should().Be(second.Message.Id.ToString("N"));
        (await harness.Broker.UniqueHolderAsync("default", "k", default)).Should().Be(second.Message.Id);
    }

    [Fact]
    public async Task Key_is_free_when_its_longest_time_is_over_whatever_became_of_the_task()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await harness.Broker.EnqueueAsync([Unique() with { UniqueFor = TimeSpan.FromSeconds(1) }], default);
        (await harness.Broker.EnqueueAsync([Unique()], default)).Should().Equal(EnqueueStatus.UniqueKeyHeld);

        await Eventually.TrueAsync(async () => (await harness.Broker.EnqueueAsync([Unique()], default))[0] == EnqueueStatus.Accepted);
    }

    [Fact]
    public async Task Key_is_released_by_hand_only_while_the_named_task_holds_it()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var first = Unique();
        await harness.Broker.EnqueueAsync([first], default);

        (await harness.Broker.ReleaseUniqueAsync("default", "k", Guid.NewGuid(), default)).Should().BeNull();
        (await harness.Broker.ReleaseUniqueAsync("default", "k", first.Message.Id, default)).Should().Be(first.Message.Id);
        (await harness.Broker.ReleaseUniqueAsync("default", "k", null, default)).Should().BeNull();
        (await harness.Broker.EnqueueAsync([Unique()], default)).Should().Equal(EnqueueStatus.Accepted);
    }

    private static EnqueueRequest Unique(string key = "k", UniqueUntil until = UniqueUntil.Done) =>
        new(BrokerHarness.Message() with { Rules = new TaskRules { UniqueKey = key, UniqueUntil = until } });
}
