using TaskRunner.Broker;
using TaskRunner.FaultWorker.Hostile;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>Puts hostile messages into every place of a queue: by raw commands where the place has no form of its own, else by the program's scripts.</summary>
internal static class HostilePlaces
{
    /// <summary>How many places there are.</summary>
    public const int Count = 7;

    private static readonly byte[] Reason = "{\"reason\":\"failed\",\"error\":\"no\"}"u8.ToArray();

    /// <param name="harness">The queue.</param>
    /// <param name="calls">Its calls.</param>
    /// <param name="message">The message; without an id of its own it can only be ready.</param>
    /// <param name="place">0 to <see cref="Count"/> - 1.</param>
    /// <param name="living">A worker with a lease.</param>
    /// <param name="gone">Another worker.</param>
    /// <returns>The place in words.</returns>
    public static async Task<string> PutAsync(BrokerHarness harness, BrokerCalls calls, HostileMessage message, int place, string living, string gone)
    {
        var keys = harness.Queue;
        if (message.Id is not { } text || place < 2)
        {
            await harness.Client.ExecuteAsync(RedisCommand.Create(place % 2 == 0 ? "LPUSH" : "RPUSH", keys.Ready[4], message.Bytes), default);
            return "ready";
        }

        var id = Snapshot.Bytes(text);
        if (place == 2)
        {
            await harness.Client.ExecuteAsync(
                [RedisCommand.Create("ZADD", keys.Delayed, 1, id), RedisCommand.Create("HSET", keys.DelayedMessages, id, message.Bytes)], default);
            return "delayed";
        }

        await harness.Client.ExecuteAsync(RedisCommand.Create("HSET", keys.InFlight(place == 3 ? gone : living), id, message.Bytes), default);
        switch (place)
        {
            case 3:
                return "held by the dead worker";
            case 4:
                return "held by the living worker";
            case 5:
                await TryAsync(harness, calls.Park(living, new Park(text, "default", message.Bytes, "t:odd.task")));
                return "parked";
            default:
                await TryAsync(harness, calls.Bury(living, new Bury(text, "default", message.Bytes, Reason, [])));
                return "dead";
        }
    }

    /// <summary>A script that raises at a hostile message leaves it where it was, or it does not: that is looked at later.</summary>
    private static Task<Resp.RespValue[]> TryAsync(BrokerHarness harness, LuaCall call) => harness.Client.EvaluateAsync([call], default);
}
