using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>A key of one queue that is not what it must be costs that queue, and nothing else.</summary>
public abstract class WrongTypeTests(RedisFixture redis)
{
    public static TheoryData<string> Suffixes => ["r9", "r5", "r0", "d", "dm", "p", "h", "w", "f:w1", "o:w1", "oo", "x", "xm", "xr", "xb", "m", "c", "k", "b", "bm", "bt", "n", "q", "qt", "l", "lb", "y", "u", "g:w1"];

    [Theory]
    [MemberData(nameof(Suffixes))]
    public async Task Key_of_a_wrong_type_loses_nothing_and_another_queue_goes_on(string suffix)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        using var lease = new WorkerLease(
            RedisOptions.Parse(redis.Url), "test-heartbeat", harness.Broker.Options, () => ["default", "healthy"], TimeSpan.FromSeconds(10), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        lease.Take(new WorkerDescription("w1", "host", ["default", "healthy"], 4, TimeProvider.System.GetUtcNow(), "1.0"));
        var key = harness.Queue.Leases[..^1] + suffix;
        var sent = new List<string>();
        var wasThere = await harness.NumberAsync("EXISTS", key) == 1;
        if (suffix[0] != 'r')
        {
            sent.AddRange(await EnqueueAsync(harness, "default"));
        }

        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", key), default);
        await harness.Client.ExecuteAsync(suffix is "xb" or "g:w1" or "d" or "p" ? RedisCommand.Create("RPUSH", key, "wrong") : RedisCommand.Create("SET", key, "wrong"), default);
        if (suffix[0] == 'r')
        {
            // One that comes by another list of the queue.
            var id = Guid.CreateVersion7().ToString("N");
            sent.Add(id);
            await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[suffix == "r5" ? 3 : 4], HostileMessages.Text(id + """500{"task":"debug.echo"}""")), default);
        }

        var healthy = await EnqueueAsync(harness, "healthy");
        lease.Renew("w1").Held.Should().BeTrue();
        var replies = await harness.Broker.StepAsync("w1", [], [new Fetch("default", 64), new Fetch("healthy", 64)], default);

        replies["healthy"].Messages.Select(m => m.Id).Should().Equal(healthy);
        var broken = replies["default"];
        if (broken.Failure is not null)
        {
            broken.Failure.Should().Contain("'default'").And.Contain(key);
            harness.Broker.Faults.Trouble(["default"]).Should().Contain(key);
            broken.Messages.Should().BeEmpty();
            await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", key), default);
            lease.Renew("w1");
            lease.Take(new WorkerDescription("w1", "host", ["default", "healthy"], 4, TimeProvider.System.GetUtcNow(), "1.0"));
            broken = (await harness.Broker.StepAsync("w1", [], [new Fetch("default", 64)], default))["default"];
            broken.Failure.Should().BeNull();
        }

        sent.Except(broken.Messages.Select(m => m.Id)).Should().BeEmpty();
        wasThere.Should().Be(suffix is "p" or "h");
    }

    private static async Task<List<string>> EnqueueAsync(BrokerHarness harness, string queue)
    {
        var requests = Enumerable.Range(0, 5).Select(_ => new EnqueueRequest(BrokerHarness.Message(queue: queue))).ToList();
        requests.Add(new EnqueueRequest(BrokerHarness.Message(queue: queue) with { Rules = new TaskRules { ConcurrencyKey = "k", UniqueKey = "k" } }));
        await harness.Broker.EnqueueAsync(requests, default);
        return [.. requests.Select(r => r.Message.Id.ToString("N"))];
    }
}
