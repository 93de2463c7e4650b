using TaskRunner.Redis;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Model;

/// <summary>What a sequence leaves on a server that the next ones use too.</summary>
internal static class Leftovers
{
    /// <summary>Names of keys of a namespace, a page of them. (KEYS ends the connection on Garnet.)</summary>
    public static RedisCommand Scan(BrokerHarness harness, string cursor = "0") => RedisCommand.Create("SCAN", cursor, "MATCH", $"*{harness.Broker.Options.Namespace}*", "COUNT", 100_000);

    /// <summary>All of them, page by page: after an hour of tasks with ids that are remembered one page does not hold them.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(BrokerHarness harness)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var cursor = ""; cursor != "0";)
        {
            var page = (await harness.Client.ExecuteAsync(Scan(harness, cursor.Length == 0 ? "0" : cursor), default)).Items;
            names.UnionWith(page[1].Items.Select(name => name.AsString()));
            cursor = page[0].AsString();
        }

        return [.. names];
    }

    public static async Task RemoveAsync(BrokerHarness harness)
    {
        foreach (var some in (await NamesAsync(harness)).Chunk(10_000))
        {
            await harness.Client.ExecuteAsync(RedisCommand.Create("DEL", [.. some.Select(key => (RedisArgument)key)]), default);
        }
    }
}
