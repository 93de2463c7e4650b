using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Broker;
using TaskRunner.FaultTests.Support;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.FaultTests.Storms;

/// <summary>
/// The connection is cut after the k-th byte: on the way there, so that the server may have got a part or the whole, and on the way back, so that it
/// did the work and nobody heard of it. Whatever was cut, the task is before the step or behind it, and doing it again ends in the same place.
/// </summary>
public sealed class CutTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string Worker = "w1";

    /// <summary>Each byte in the long run, some in the short one.</summary>
    private static readonly int Stride = Soak.IsOn("storm") ? 1 : 97;

    [Fact]
    public Task Enqueue_that_was_cut_anywhere_and_is_tried_again_makes_one_task() => CutEverywhereAsync(
        harness => Task.FromResult(BrokerHarness.Message()),
        (broker, message) => broker.EnqueueAsync([new EnqueueRequest(message) { RememberId = TimeSpan.FromHours(1) }], default),
        status => status.Waiting == 1 && status.Running == 0);

    [Fact]
    public Task Fetch_that_was_cut_anywhere_leaves_the_task_ready_or_held() => CutEverywhereAsync(
        harness => harness.EnqueueAsync(),
        (broker, _) => broker.StepAsync(Worker, [], [new Fetch("default", 1)], default),
        status => status.Waiting == 0 && status.Running == 1);

    [Fact]
    public Task Acknowledgement_that_was_cut_anywhere_and_is_tried_again_settles_once() => CutEverywhereAsync(
        HoldAsync,
        (broker, message) => broker.StepAsync(Worker, [new Acknowledge(message.Id.ToString("N"), "default", "{}"u8.ToArray())], [], default),
        status => status.Waiting == 0 && status.Running == 0,
        async harness => (await harness.NumberAsync("LLEN", harness.Queue.Results(Worker))).Should().Be(1, "it has one result"));

    [Fact]
    public Task Retry_that_was_cut_anywhere_and_is_tried_again_delays_the_task_once() => CutEverywhereAsync(
        HoldAsync,
        (broker, message) => broker.StepAsync(Worker, [new Retry(message.Id.ToString("N"), "default", Envelope.Write(message with { Attempt = 1 }), TimeSpan.FromHours(1), [])], [new Fetch("default", 0)], default),
        status => status.Waiting == 0 && status.Running == 0 && status.Delayed == 1);

    [Fact]
    public Task Release_that_was_cut_anywhere_and_is_tried_again_puts_the_task_back_once() => CutEverywhereAsync(
        HoldAsync,
        (broker, message) => broker.StepAsync(Worker, [new Release(message.Id.ToString("N"), "default")], [new Fetch("default", 0)], default),
        status => status.Waiting == 1 && status.Running == 0);

    [Fact]
    public Task Burial_that_was_cut_anywhere_and_is_tried_again_keeps_one_dead_task() => CutEverywhereAsync(
        HoldAsync,
        (broker, message) => broker.StepAsync(Worker, [new Bury(message.Id.ToString("N"), "default", Envelope.Write(message), "{\"reason\":\"failed\"}"u8.ToArray(), [])], [new Fetch("default", 0)], default),
        status => status.Waiting == 0 && status.Running == 0 && status.Dead == 1);

    private static async Task<TaskMessage> HoldAsync(BrokerHarness harness)
    {
        var message = await harness.EnqueueAsync();
        (await harness.StepAsync(Worker, 1)).Messages.Should().HaveCount(1);
        return message;
    }

    private async Task CutEverywhereAsync(
        Func<BrokerHarness, Task<TaskMessage>> prepare, Func<RedisBroker, TaskMessage, Task> act, Func<QueueStatus, bool> after, Func<BrokerHarness, Task>? look = null)
    {
        await using var proxy = TcpProxy.To(redis.Server.Port);
        foreach (var onTheWayBack in new[] { false, true })
        {
            for (var k = 1; ; k += Stride)
            {
                if (!await CutAsync(proxy, onTheWayBack, k, prepare, act, after, look))
                {
                    break;
                }
            }
        }
    }

    /// <summary>Cuts once, looks, and does it again without a cut.</summary>
    /// <returns>Whether the cut fell into the exchange.</returns>
    private async Task<bool> CutAsync(
        TcpProxy proxy, bool onTheWayBack, int k, Func<BrokerHarness, Task<TaskMessage>> prepare, Func<RedisBroker, TaskMessage, Task> act, Func<QueueStatus, bool> after, Func<BrokerHarness, Task>? look)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, Worker);
        var message = await prepare(harness);
        proxy.RequestLimit = onTheWayBack ? null : k;
        proxy.ReplyLimit = onTheWayBack ? k : null;
        var options = RedisOptions.Parse(proxy.Url) with { ConnectTimeout = TimeSpan.FromMilliseconds(500), CommandTimeout = TimeSpan.FromMilliseconds(500) };
        var wasCut = false;
        await using (var client = new RedisClient(options, "cut", TimeProvider.System, NullLogger.Instance))
        {
            var broker = new RedisBroker(client, harness.Broker.Options);
            try
            {
                await client.ConnectAsync(default);
                await act(broker, message);
            }
            catch (Exception e) when (e is BrokerUnavailableException or RedisUnavailableException)
            {
                wasCut = true;
            }
        }

        var between = await harness.Broker.StatusAsync("default", default);
        (between.Waiting + between.Running + between.Delayed + between.Dead).Should().BeLessThanOrEqualTo(1, $"the task is in one place after a cut at byte {k}");
        await act(harness.Broker, message);
        after(await harness.Broker.StatusAsync("default", default)).Should().BeTrue($"the second try ends where the first one would have (cut at byte {k}, on the way back: {onTheWayBack})");
        if (look is not null)
        {
            await look(harness);
        }

        return wasCut;
    }
}
