using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public abstract class ConcurrencyTests(RedisFixture redis)
{
    [Fact]
    public async Task Tasks_over_the_limit_are_parked_and_do_not_block_others()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await EnqueueAsync(harness, "a", 4, limit: 2);
        var plain = await harness.EnqueueAsync();

        var reply = await harness.StepAsync("w1", 10);

        reply.Messages.Should().HaveCount(3).And.Contain(m => m.Id == plain.Id.ToString("N"));
        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 0L, Parked = 2L, Running = 3L });
    }

    [Fact]
    public async Task Parked_task_is_found_by_its_id()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = await EnqueueAsync(harness, "a", 2);
        await harness.StepAsync("w1", 10);

        (await harness.Broker.FindAsync(sent[1], default)).Should().BeEquivalentTo(new { Id = sent[1], Task = "debug.echo", State = TaskState.Parked });
    }

    [Fact]
    public async Task Each_way_out_of_a_worker_frees_one_parked_task_in_their_order()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var sent = await EnqueueAsync(harness, "a", 5);
        Func<Held, Settlement>[] ways =
        [
            held => new Acknowledge(held, []),
            held => new Retry(held.Id, "default", held.Bytes, TimeSpan.FromHours(1), []),
            held => new Bury(held.Id, "default", held.Bytes, "{}"u8.ToArray(), []),
            held => new Park(held.Id, "default", held.Bytes, TaskKind.OfType("debug.echo")),
        ];

        for (var i = 0; i < sent.Count; i++)
        {
            var held = (await harness.StepAsync("w1", 5)).Messages.Should().ContainSingle().Which;
            held.Id.Should().Be(sent[i].ToString("N"));
            (await harness.StepAsync("w1", 5)).Messages.Should().BeEmpty("its slot is the only one");
            await harness.StepAsync("w1", 0, ways[i % ways.Length](held));
        }

        (await harness.NumberAsync("HLEN", harness.Queue.Slots)).Should().Be(0);
    }

    [Fact]
    public async Task Higher_priority_goes_first_among_the_parked()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await EnqueueAsync(harness, "a", 2);
        var held = (await harness.StepAsync("w1", 5)).Messages[0];
        var urgent = await EnqueueAsync(harness, "a", 1, priority: 9);
        (await harness.StepAsync("w1", 5)).Messages.Should().BeEmpty();

        await harness.StepAsync("w1", 0, new Acknowledge(held, []));

        (await harness.StepAsync("w1", 5)).Messages.Should().ContainSingle().Which.Id.Should().Be(urgent[0].ToString("N"));
    }

    [Fact]
    public async Task Task_of_a_dead_worker_keeps_its_slot_and_its_place()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "dead", TimeSpan.FromMilliseconds(50));
        var sent = await EnqueueAsync(harness, "a", 2);
        await harness.StepAsync("dead", 5);
        using (var lease = harness.Lease(redis.Url))
        {
            await Eventually.TrueAsync(() => lease.Recover("dead", "default") is not null);
        }

        var held = (await harness.StepAsync("w1", 5)).Messages.Should().ContainSingle().Which;

        held.Id.Should().Be(sent[0].ToString("N"));
        await harness.StepAsync("w1", 0, new Acknowledge(held, []));
        (await harness.StepAsync("w1", 5)).Messages.Should().ContainSingle().Which.Id.Should().Be(sent[1].ToString("N"));
    }

    [Fact]
    public async Task Task_buried_for_killing_its_workers_gives_its_slot_back()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { MaxRedeliveries = 0 });
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "dead", TimeSpan.FromMilliseconds(50));
        var sent = await EnqueueAsync(harness, "a", 2);
        await harness.StepAsync("dead", 5);
        using (var lease = harness.Lease(redis.Url))
        {
            await Eventually.TrueAsync(() => lease.Recover("dead", "default") is not null);
        }

        (await harness.StepAsync("w1", 5)).Messages.Should().ContainSingle().Which.Id.Should().Be(sent[1].ToString("N"));
    }

    [Fact]
    public async Task Drained_task_keeps_its_slot_until_it_runs_elsewhere()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "w2");
        var sent = await EnqueueAsync(harness, "a", 2);
        var held = (await harness.StepAsync("w1", 5)).Messages[0];
        await harness.StepAsync("w1", 0, new Release(held.Id, "default"));

        (await harness.StepAsync("w2", 5)).Messages.Should().ContainSingle().Which.Id.Should().Be(sent[0].ToString("N"));

        (await harness.NumberAsync("ZCARD", harness.Queue.Parked)).Should().Be(1);
    }

    private static async Task<IReadOnlyList<Guid>> EnqueueAsync(BrokerHarness harness, string key, int count, int limit = 1, int priority = 5)
    {
        var requests = Enumerable.Range(0, count)
            .Select(_ => new EnqueueRequest(BrokerHarness.Message(priority: priority) with { Rules = new TaskRules { ConcurrencyKey = key, ConcurrencyLimit = limit } })).ToList();
        await harness.Broker.EnqueueAsync(requests, default);
        return [.. requests.Select(r => r.Message.Id)];
    }
}
