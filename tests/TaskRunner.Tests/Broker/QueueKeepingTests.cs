using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Observability;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>What looks after all queues of a worker, with one that has a key of a wrong type.</summary>
public abstract class QueueKeepingTests(RedisFixture redis)
{
    [Fact]
    public async Task Dead_tasks_of_other_queues_are_trimmed_and_attempts_are_counted()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, options => options with { MaxDeadAge = TimeSpan.Zero, RetryBudget = 20 });
        await DieAsync(harness, "other");
        await BreakAsync(harness, harness.Queue.Dead);
        await BreakAsync(harness, harness.Queue.RetryBudget);
        var attempts = new AttemptCounter(harness.Broker);
        attempts.Count("default");
        attempts.Count("other");
        var keeper = new QueueKeeper(harness.Broker, attempts, () => ["default", "other"], TimeProvider.System, NullLogger.Instance);

        await Eventually.TrueAsync(async () =>
        {
            await keeper.RunOnceAsync(trim: true, default);
            return await harness.NumberAsync("ZCARD", harness.Keys.Of("other").Dead) == 0;
        });

        (await harness.NumberAsync("EXISTS", harness.Keys.Of("other").RetryBudget)).Should().Be(1);
        harness.Broker.Faults.Trouble(["default"]).Should().Contain(harness.Queue.Dead).And.Contain(harness.Queue.RetryBudget);
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", harness.Queue.Dead, harness.Queue.RetryBudget), default);
        await keeper.RunOnceAsync(trim: true, default);
        harness.Broker.Faults.Trouble(["default"]).Should().BeNull();
        (await harness.NumberAsync("EXISTS", harness.Queue.RetryBudget)).Should().Be(1, "what could not be told is told later");
    }

    [Theory]
    [InlineData("r5")]
    [InlineData("d")]
    [InlineData("x")]
    [InlineData("m")]
    [InlineData("p")]
    [InlineData("o:w1")]
    public async Task Numbers_of_other_queues_are_shown(string suffix)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await BreakAsync(harness, harness.Queue.Leases[..^1] + suffix);
        await harness.EnqueueAsync(BrokerHarness.Message(queue: "other"));
        var gauge = new QueueGauge(harness.Broker, () => "w1", () => ["default", "other"], TimeProvider.System);

        await gauge.ReadAsync(default);

        gauge.Workers.Keys.Should().Equal("other");
        gauge.Ages.Keys.Should().Equal("other");
        gauge.Counts.Should().Contain(new QueueTaskCount("other", "waiting", 1));
    }

    private static async Task BreakAsync(BrokerHarness harness, string key) => await harness.Client.ExecuteAsync(RedisCommand.Create("SET", key, "wrong"), default);

    private static async Task DieAsync(BrokerHarness harness, string queue)
    {
        var keys = harness.Keys.Of(queue);
        var id = Guid.NewGuid().ToString("N");
        await harness.Client.ExecuteAsync(
            [
                RedisCommand.Create("ZADD", keys.Dead, 1, id), RedisCommand.Create("HSET", keys.DeadMessages, id, "m"), RedisCommand.Create("HSET", keys.DeadReasons, id, "{}"),
                RedisCommand.Create("SET", keys.DeadSize, "3"),
            ],
            default);
    }
}
