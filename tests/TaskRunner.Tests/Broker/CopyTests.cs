using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>One id pushed more than once: a producer that lost a reply pushes again.</summary>
public abstract class CopyTests(RedisFixture redis)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    public async Task Copies_of_a_task_with_a_concurrency_key_take_no_slot_and_leave_none_taken(int limit)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        harness.TakeLease(redis.Url, "w2");
        await PushAsync(harness, 10, $$"""{"c":"k","cl":{{limit}}}""");
        for (var turn = 0; turn < 12; turn++)
        {
            foreach (var worker in new[] { "w1", "w2" })
            {
                foreach (var held in (await harness.StepAsync(worker, turn < 2 ? 3 : 10)).Messages)
                {
                    await harness.StepAsync(worker, 0, new Acknowledge(held, []));
                }
            }
        }

        (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 0L, Parked = 0L, Running = 0L });
        (await harness.NumberAsync("HLEN", harness.Queue.Slots)).Should().Be(0);
    }

    [Fact]
    public async Task Copy_of_a_task_that_the_same_worker_holds_is_dropped()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var id = await PushAsync(harness, 10, """{"c":"k","cl":10}""");

        (await harness.StepAsync("w1", 64)).Messages.Should().ContainSingle().Which.Id.Should().Be(id);

        (await harness.Client.ExecuteAsync(RedisCommand.Create("HGET", harness.Queue.Slots, "k"), default)).AsString().Should().Be("1");
    }

    [Fact]
    public async Task Copy_without_options_in_a_later_part_of_a_fetch_takes_no_slot_from_the_task()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var id = await PushAsync(harness, 1, """{"c":"k","cl":1}""");
        for (var number = 0; number < 40; number++)
        {
            await harness.EnqueueAsync();
        }

        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], HostileMessages.Text(id + """500{"task":"debug.echo"}""")), default);

        (await harness.StepAsync("w1", 64)).Messages.Select(message => message.Id).Should().OnlyHaveUniqueItems().And.HaveCount(41);
        using var lease = harness.Lease(redis.Url);
        lease.Leave("w1").Should().Be(41);
        harness.TakeLease(redis.Url, "w2");
        foreach (var held in (await harness.StepAsync("w2", 64)).Messages)
        {
            await harness.StepAsync("w2", 0, new Acknowledge(held, []));
        }

        (await harness.NumberAsync("HLEN", harness.Queue.Slots)).Should().Be(0);
    }

    [Fact]
    public async Task Copies_with_two_keys_block_neither()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var id = await PushAsync(harness, 1, """{"c":"a"}""");
        await PushAsync(harness, 1, """{"c":"b"}""", id);
        var held = (await harness.StepAsync("w1", 64)).Messages.Should().ContainSingle().Which;

        await harness.StepAsync("w1", 0, new Acknowledge(held, []));

        (await harness.NumberAsync("HLEN", harness.Queue.Slots)).Should().Be(0);
    }

    [Fact]
    public async Task Parked_copies_with_two_keys_are_one_task_that_takes_the_slot_of_its_own_key()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await PushAsync(harness, 1, """{"c":"a"}""");
        await PushAsync(harness, 1, """{"c":"b"}""");
        var first = (await harness.StepAsync("w1", 64)).Messages;
        var id = await PushAsync(harness, 1, """{"c":"a"}""");
        await PushAsync(harness, 1, """{"c":"b"}""", id);
        (await harness.StepAsync("w1", 64)).Messages.Should().BeEmpty();
        await harness.StepAsync("w1", 0, [.. first.Select(held => new Acknowledge(held, []))]);

        var second = (await harness.StepAsync("w1", 64)).Messages.Should().ContainSingle().Which;
        await harness.StepAsync("w1", 0, new Acknowledge(second, []));

        (await harness.NumberAsync("HLEN", harness.Queue.Slots)).Should().Be(0);
        (await harness.NumberAsync("ZCARD", harness.Queue.Parked)).Should().Be(0);
    }

    [Fact]
    public async Task Forged_mark_gives_back_no_slot_that_nobody_took()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        await PushAsync(harness, 1, """{"c":"k"}""", mark: 's');
        await PushAsync(harness, 1, """{"c":"k"}""", mark: 'b');

        (await harness.StepAsync("w1", 64)).Messages.Should().HaveCountGreaterThanOrEqualTo(1);

        (await harness.Client.ExecuteAsync(RedisCommand.Create("HGET", harness.Queue.Slots, "k"), default)).AsString().Should().Be("1");
    }

    private static async Task<string> PushAsync(BrokerHarness harness, int copies, string options, string? id = null, char mark = '+')
    {
        id ??= Guid.CreateVersion7().ToString("N");
        for (var i = 0; i < copies; i++)
        {
            await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], HostileMessages.WithOptions(id, options, mark: mark)), default);
        }

        return id;
    }
}
