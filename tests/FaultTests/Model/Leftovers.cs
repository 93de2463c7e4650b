using TaskRunner.Redis;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Model;

/// <summary>What a sequence leaves on a server that the next ones use too.</summary>
internal static class Leftovers
{
    /// <summary>Names of keys of a namespace. (KEYS ends the connection on Garnet.)</summary>
    public static RedisCommand Scan(BrokerHarness harness) => RedisCommand.Create("SCAN", 0, "MATCH", $"*{harness.Broker.Options.Namespace}*", "COUNT", 100_000);

    public static async Task RemoveAsync(BrokerHarness harness)
    {
        var found = (await harness.Client.ExecuteAsync(Scan(harness), default)).Items[1].Items;
        await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", [.. found.Select(key => (RedisArgument)key.AsString())]), default);
    }
}
