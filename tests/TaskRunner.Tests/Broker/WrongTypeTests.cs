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

    // What an earlier part of a fetch put at the head of a list, a later one may have taken from there: taken back together, they cost a task in between.
    [Fact]
    public async Task Refusal_in_a_later_part_of_a_fetch_loses_and_doubles_nothing()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var keyed = new TaskRules { ConcurrencyKey = "k" };
        await harness.EnqueueAsync(BrokerHarness.Message() with { Rules = keyed });
        var parked = await harness.EnqueueAsync(BrokerHarness.Message() with { Rules = keyed });
        (await harness.StepAsync("w1", 10)).Messages.Should().ContainSingle();
        await PushAsync(harness, HostileMessages.WithOptions(Guid.CreateVersion7().ToString("N"), """{"c":"k","cl":1,"e":1000000000000}""", mark: 's'));
        var plain = new List<string>();
        for (var number = 0; number < 300; number++)
        {
            if (number == 60)
            {
                await PushAsync(harness, HostileMessages.Text($"{Guid.CreateVersion7():N}5xx"));
            }

            plain.Add((await harness.EnqueueAsync()).Id.ToString("N"));
        }

        await harness.Client.ExecuteAsync(RedisCommand.Create("SET", harness.Queue.Dead, "wrong"), default);
        for (var turn = 0; turn < 3; turn++)
        {
            (await harness.StepAsync("w1", 400)).Failure.Should().Contain(harness.Queue.Dead);
        }

        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", harness.Queue.Dead), default);
        var got = new List<string>();
        for (var turn = 0; turn < 5; turn++)
        {
            got.AddRange((await harness.StepAsync("w1", 400)).Messages.Select(message => message.Id));
        }

        got.Should().OnlyHaveUniqueItems().And.Contain(plain).And.Contain(parked.Id.ToString("N"));
    }

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

    private static Task<TaskRunner.Resp.RespValue> PushAsync(BrokerHarness harness, byte[] message) =>
        harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], message), default);

    private static async Task<List<string>> EnqueueAsync(BrokerHarness harness, string queue)
    {
        var requests = Enumerable.Range(0, 5).Select(_ => new EnqueueRequest(BrokerHarness.Message(queue: queue))).ToList();
        requests.Add(new EnqueueRequest(BrokerHarness.Message(queue: queue) with { Rules = new TaskRules { ConcurrencyKey = "k", UniqueKey = "k" } }));
        await harness.Broker.EnqueueAsync(requests, default);
        return [.. requests.Select(r => r.Message.Id.ToString("N"))];
    }
}
