using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>A key of the whole namespace, or of a queue, that is not what it must be: whoever is refused says which one it is, and who can go on without it does.</summary>
public abstract class NamespaceKeyTests(RedisFixture redis)
{
    private static readonly Guid Id = Guid.Parse("01a22778-80df-7000-b7ab-93978a9e1ba0");

    [Theory]
    [InlineData(":queues", "set")]
    [InlineData(":workers", "hash")]
    [InlineData(":cancelled", "zset")]
    public async Task Worker_takes_its_lease_without_the_registry_names_the_key_and_registers_when_it_is_mended(string suffix, string type)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var key = $"{{tr:{harness.Broker.Options.Namespace}}}{suffix}";
        await BreakAsync(harness, key);
        using var lease = harness.Lease(redis.Url);

        lease.Take(Description("w1"));

        lease.Faults.Trouble(["default"]).Should().Contain(key).And.Contain($"must be a {type}");
        lease.Renew("w1").Held.Should().BeTrue();
        var sent = await harness.EnqueueAsync();
        (await harness.StepAsync("w1", 1)).Messages.Should().ContainSingle().Which.Id.Should().Be(sent.Id.ToString("N"));
        lease.Take("w1", ["more"]);
        lease.Describe(Description("w1"));
        lease.Report("w1", Report());
        lease.Faults.Trouble(["default"]).Should().Contain(key, "nothing was mended");
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", key), default);
        lease.Report("w1", Report());
        lease.Faults.Trouble(["default"]).Should().BeNull();
        (await harness.NumberAsync("HLEN", harness.Keys.Workers)).Should().Be(1);
        (await harness.NumberAsync("SCARD", harness.Keys.Queues)).Should().BeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public async Task Worker_goes_on_without_what_control_asks_and_names_the_key()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        using var lease = harness.Lease(redis.Url);
        lease.Take(Description("w1"));
        await BreakAsync(harness, harness.Keys.Control("w1"));

        lease.Report("w1", Report()).Revision.Should().BeEmpty();

        lease.Faults.Trouble(["default"]).Should().Contain(harness.Keys.Control("w1")).And.Contain("must be a hash");
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", harness.Keys.Control("w1")), default);
        lease.Report("w1", Report());
        lease.Faults.Trouble(["default"]).Should().BeNull();
    }

    [Theory]
    [InlineData(":queues")]
    [InlineData(":workers")]
    public async Task Worker_leaves_and_recovers_others_without_the_registry(string suffix)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        using var lease = harness.Lease(redis.Url);
        lease.Take(Description("w1"));
        lease.Take(Description("dead"));
        await harness.EnqueueAsync();
        await harness.StepAsync("dead", 1);
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, "XX", 1, "dead"), default);
        await BreakAsync(harness, $"{{tr:{harness.Broker.Options.Namespace}}}{suffix}");

        lease.Recover("dead", "default").Should().Be((1, 0));
        await harness.StepAsync("w1", 1);
        lease.Leave("w1").Should().Be(1);
    }

    public static TheoryData<string> Calls => [.. Refused.Keys];

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Call_that_needs_a_key_of_another_type_names_it(string call)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var (keyOf, type, action) = Refused[call];
        await harness.Client.ExecuteAsync(RedisCommand.Create("SADD", harness.Keys.Queues, "default"), default);
        var key = keyOf(harness);
        await BreakAsync(harness, key);

        var ask = () => action(harness.Broker);

        var error = (await ask.Should().ThrowAsync<BrokerUnavailableException>()).Which;
        error.Message.Should().Contain(key).And.Contain($"must be a {type}").And.NotContain("WRONGTYPE");
        error.InnerException.Should().BeOfType<RedisServerException>();
    }

    private static IReadOnlyDictionary<string, (Func<BrokerHarness, string> Key, string Type, Func<RedisBroker, Task> Action)> Refused { get; } =
        new Dictionary<string, (Func<BrokerHarness, string>, string, Func<RedisBroker, Task>)>(StringComparer.Ordinal)
        {
            ["names of queues"] = (h => h.Keys.Queues, "set", broker => broker.QueuesAsync(default)),
            ["a queue"] = (h => h.Keys.Queues, "set", broker => broker.KnowsQueueAsync("default", default)),
            ["workers"] = (h => h.Keys.Workers, "hash", broker => broker.WorkersAsync(TimeSpan.FromSeconds(10), default)),
            ["a mark"] = (h => h.Keys.CancelledAnywhere, "zset", broker => broker.MarkAsync(Id, null, default)),
            ["a wish"] = (h => h.Keys.Control("w1"), "hash", broker => broker.ControlAsync("w1", new WorkerControl { Revision = "1" }, default)),
            ["a report"] = (h => h.Keys.Report("w1"), "string", broker => broker.ReportsAsync(["w1"], default)),
            ["a group"] = (h => h.Keys.Group(Id), "hash", broker => broker.ReadGroupAsync(Id, default)),
            ["a group by script"] = (h => h.Keys.Group(Id), "hash", broker => broker.NoteGroupAsync(Id, "next", "x", default)),
            ["dead tasks"] = (h => h.Queue.Dead, "zset", broker => broker.RetryDeadAsync(new DeadFilter { Queue = "default" }, null, default)),
            ["a queue's numbers"] = (h => h.Queue.Parked, "zset", broker => broker.StatusAsync("default", default)),
            ["an enqueue"] = (h => h.Queue.Ready[4], "list", broker => broker.EnqueueAsync([new EnqueueRequest(BrokerHarness.Message())], default)),
            ["a purge"] = (h => h.Queue.Delayed, "zset", broker => broker.PurgeAsync("default", "delayed", default)),
        };

    private static WorkerDescription Description(string worker) => new(worker, "host", ["default"], 4, TimeProvider.System.GetUtcNow(), "1.0");

    private static WorkerReport Report() => new(0, [], 0, 0, 0, 0, 1, 1, 1, 1, 1);

    /// <summary>A list where no list belongs, or a text.</summary>
    private static async Task BreakAsync(BrokerHarness harness, string key) => await harness.Client.ExecuteAsync(
        key.Contains(":report:", StringComparison.Ordinal) ? RedisCommand.Create("RPUSH", key, "wrong") : RedisCommand.Create("SET", key, "wrong"), default);
}
