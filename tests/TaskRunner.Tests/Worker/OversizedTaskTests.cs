using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Messages that a worker has hardly the memory for, in real processes with a small heap.</summary>
public sealed class OversizedTaskTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData(150, 1, 402)]
    [InlineData(18, 4, 160)]
    public async Task Oversized_tasks_under_a_small_heap_end_and_hold_no_slot_and_other_tasks_go_on(int megabytes, int count, int heapMegabytes)
    {
        var variables = ProgramVariables.Of(redis);
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { Namespace = variables.Single(v => v.Name == "TASKRUNNER_NAMESPACE").Value });
        await using var worker = WorkerProcess.Start(
            "worker",
            [
                .. variables,
                ("TASKRUNNER_CONCURRENCY", "2"),
                ("TASKRUNNER_MAX_PAYLOAD_BYTES", "67108864"),
                ("DOTNET_GCHeapHardLimit", $"0x{heapMegabytes * 1024L * 1024:X}"),
            ]);
        await Eventually.TrueAsync(async () => (await harness.Broker.StatusAsync("default", default)).Workers == 1, Long);

        for (var i = 0; i < count; i++)
        {
            // Made in the server, as any producer may push it.
            await harness.Client.ExecuteAsync(
                RedisCommand.Create(
                    "EVAL",
                    """redis.call('RPUSH', KEYS[1], ARGV[1] .. '500{"task":"debug.echo","args":{"text":"' .. string.rep('x', ARGV[2]) .. '"}}') redis.call('RPUSH', KEYS[2], '1')""",
                    2,
                    harness.Queue.Ready[4],
                    harness.Queue.Wake,
                    Guid.NewGuid().ToString("N"),
                    megabytes * 1_000_000),
                default,
                Long);
        }

        var others = new List<Guid>();
        for (var i = 0; i < 20; i++)
        {
            others.Add((await harness.EnqueueAsync(BrokerHarness.Message() with { KeepResult = TimeSpan.FromMinutes(10) })).Id);
        }

        try
        {
            await Eventually.ReturnsAsync(
                () => AnsweredAsync(async () => (await harness.Broker.KeptResultsAsync(others, default)).Count(r => r.State == TaskState.Succeeded)),
                succeeded => worker.HasExited || succeeded == others.Count,
                Long,
                $"all {others.Count} other tasks have succeeded");
            await Eventually.ReturnsAsync(
                () => AnsweredAsync(() => harness.Broker.StatusAsync("default", default)),
                status => worker.HasExited || status is { Waiting: 0, Running: 0, Delayed: 0 },
                Long,
                "every large task has ended, and no slot is taken");
            worker.HasExited.Should().BeFalse("it goes on");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"The worker said last: {string.Join('\n', worker.Output.TakeLast(8))}", e);
        }
    }

    // While the server copies such a message it answers nobody.
    private static async Task<T?> AnsweredAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (BrokerUnavailableException)
        {
            return default;
        }
    }
}
