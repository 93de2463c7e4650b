using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Resp;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>A client that dies while it sends a call: the task is where it was, or where it was going, with what its rules hold; a repeated call changes nothing more.</summary>
public abstract class CutConnectionTests(RedisFixture redis)
{
    private const int Cuts = 6;

    private static readonly TaskRules Rules = new() { UniqueKey = "u", ConcurrencyKey = "c" };

    [Fact]
    public async Task Enqueue()
    {
        await foreach (var (harness, request, calls) in TasksAsync(enqueue: false))
        {
            await CutAsync(harness, calls.Enqueue("default", [(Envelope.Write(request.Message), request)]), async sentWhole =>
            {
                (await PlacesAsync(harness)).Should().Be(sentWhole ? (1, 0, 0) : (0, 0, 0));
                (await harness.Broker.EnqueueAsync([request], default)).Should().Equal(sentWhole ? EnqueueStatus.Duplicate : EnqueueStatus.Accepted);
                (await PlacesAsync(harness)).Should().Be((1, 0, 0));
            });
        }
    }

    [Fact]
    public async Task Fetch()
    {
        await foreach (var (harness, _, calls) in TasksAsync())
        {
            await CutAsync(harness, calls.Step("w1", new Fetch("default", 1), []), async sentWhole =>
            {
                (await PlacesAsync(harness)).Should().Be(sentWhole ? (0, 1, 1) : (1, 0, 0));
                (await harness.Broker.HeldAsync("w1", "default", default)).Should().HaveCount(sentWhole ? 1 : 0);
            });
        }
    }

    [Fact]
    public async Task Acknowledgement()
    {
        await foreach (var (harness, _, calls) in TasksAsync())
        {
            var held = (await harness.StepAsync("w1", 1)).Messages[0];
            var finished = new Acknowledge(held, "result"u8.ToArray());
            await CutAsync(harness, calls.Step("w1", new Fetch("default", 0), [finished]), async sentWhole =>
            {
                (await PlacesAsync(harness)).Should().Be(sentWhole ? (0, 0, 0) : (0, 1, 1));
                (await harness.StepAsync("w1", 0, finished)).Acknowledged.Should().Be(sentWhole ? 0 : 1);
                (await harness.ListAsync(harness.Queue.Results("w1"))).Should().ContainSingle();
                (await harness.Broker.UniqueHolderAsync("default", "u", default)).Should().BeNull();
            });
        }
    }

    [Fact]
    public async Task Retry()
    {
        await foreach (var (harness, request, calls) in TasksAsync())
        {
            var held = (await harness.StepAsync("w1", 1)).Messages[0];
            await CutAsync(harness, calls.Retry("w1", new Retry(held.Id, "default", held.Bytes, TimeSpan.FromHours(1), [])), async sentWhole =>
            {
                (await PlacesAsync(harness)).Should().Be(sentWhole ? (1, 0, 0) : (0, 1, 1));
                (await harness.Broker.UniqueHolderAsync("default", "u", default)).Should().Be(request.Message.Id);
            });
        }
    }

    [Fact]
    public async Task Cancellation()
    {
        await foreach (var (harness, request, calls) in TasksAsync(delay: TimeSpan.FromHours(1)))
        {
            await CutAsync(harness, calls.Cancel("default", request.Message.Id.ToString("N"), mark: true), async sentWhole =>
            {
                (await PlacesAsync(harness)).Should().Be(sentWhole ? (0, 0, 0) : (1, 0, 0));
                (await harness.Broker.UniqueHolderAsync("default", "u", default)).Should().Be(sentWhole ? null : request.Message.Id);
            });
        }
    }

    /// <summary>For each cut a fresh namespace with one task.</summary>
    private async IAsyncEnumerable<(BrokerHarness Harness, EnqueueRequest Request, BrokerCalls Calls)> TasksAsync(bool enqueue = true, TimeSpan delay = default)
    {
        for (var cut = 0; cut <= Cuts; cut++)
        {
            position = cut;
            await using var harness = await BrokerHarness.OpenAsync(redis.Url);
            harness.TakeLease(redis.Url, "w1");
            var request = new EnqueueRequest(BrokerHarness.Message() with { Rules = Rules }) { Delay = delay, RememberId = TimeSpan.FromMinutes(1) };
            if (enqueue)
            {
                await harness.Broker.EnqueueAsync([request], default);
            }

            yield return (harness, request, new BrokerCalls(harness.Keys, harness.Broker.Options));
        }
    }

    private int position;

    /// <summary>Sends the first part of a call, the whole of it at the last position, and closes the connection without reading the answer.</summary>
    private async Task CutAsync(BrokerHarness harness, LuaCall call, Func<bool, Task> then)
    {
        var writer = new RespWriter();
        RedisCommand.Create("EVAL", [call.Script.Source, call.Keys.Count, .. call.Keys.Select(k => (RedisArgument)k), .. call.Arguments]).WriteTo(writer);
        var bytes = writer.Written.ToArray();
        writer.Release();
        var length = position == Cuts ? bytes.Length : position == Cuts - 1 ? bytes.Length - 1 : bytes.Length * position / Cuts;
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, new Uri(redis.Url).Port);
            var stream = client.GetStream();
            await stream.WriteAsync(bytes.AsMemory(0, length));
            client.Client.Shutdown(SocketShutdown.Send);

            // The server has dealt with everything once it closes its side.
            await stream.CopyToAsync(Stream.Null);
        }

        await then(length == bytes.Length);
    }

    /// <summary>How many tasks wait in any way, how many are held, and how many slots are taken.</summary>
    private static async Task<(long Waiting, long Held, long Slots)> PlacesAsync(BrokerHarness harness)
    {
        var status = await harness.Broker.StatusAsync("default", default);
        return (status.Waiting + status.Delayed + status.Parked, status.Running, await harness.NumberAsync("HLEN", harness.Queue.Slots));
    }
}
