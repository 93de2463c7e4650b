using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>park.lua and unpark.lua: tasks that their worker does not know how to run.</summary>
public abstract class ParkTests(RedisFixture redis)
{
    [Fact]
    public async Task Parked_task_comes_back_in_its_order_when_a_worker_that_knows_its_type_renews_its_lease()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "old");
        var first = await harness.EnqueueAsync(BrokerHarness.Message("new.task"));
        var second = await harness.EnqueueAsync(BrokerHarness.Message("new.task"));
        foreach (var held in (await harness.StepAsync("old", 5)).Messages)
        {
            await harness.StepAsync("old", 0, new Park(held.Id, "default", held.Bytes, TaskKind.OfType("new.task")));
        }

        using (var ignorant = harness.Lease(redis.Url))
        {
            ignorant.Renew("old");
        }

        (await harness.StepAsync("old", 5)).Messages.Should().BeEmpty();
        (await harness.Broker.StatusAsync("default", default)).Parked.Should().Be(2);
        harness.TakeLease(redis.Url, "new");
        using (var knowing = harness.Lease(redis.Url, known: [new KnownTask("new.task", null)]))
        {
            knowing.Renew("new");
        }

        (await harness.StepAsync("new", 5)).Messages.Select(m => m.Id).Should().Equal(first.Id.ToString("N"), second.Id.ToString("N"));
        (await harness.NumberAsync("HLEN", harness.Queue.ParkedByKind)).Should().Be(0);
    }

    [Fact]
    public async Task Only_the_worker_that_holds_a_task_parks_it()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "w2");
        await harness.EnqueueAsync();
        var held = (await harness.StepAsync("w1", 1)).Messages[0];

        await harness.StepAsync("w2", 0, new Park(held.Id, "default", held.Bytes, TaskKind.OfVersion(9)));

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Parked = 0L, Running = 1L });
    }
}
