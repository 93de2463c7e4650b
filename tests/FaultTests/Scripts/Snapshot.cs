using System.Globalization;
using System.Text;
using TaskRunner.FaultTests.Model;
using TaskRunner.Redis;
using TaskRunner.Resp;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>One key: its type and its items, flat. Bytes are Latin-1 texts, which lose nothing and can be searched.</summary>
internal sealed record KeyContent(string Type, IReadOnlyList<string> Items)
{
    public IEnumerable<(string First, string Second)> Pairs => Items.Chunk(2).Select(pair => (pair[0], pair[1]));
}

/// <summary>Everything that a namespace has; it can be put back.</summary>
internal sealed class Snapshot
{
    private const int LargestCommand = 200;

    // After an hour there are more keys than a server answers for in one go.
    private const int KeysAtOnce = 1000;

    private Snapshot(Dictionary<string, KeyContent> keys) => Keys = keys;

    public IReadOnlyDictionary<string, KeyContent> Keys { get; }

    public static byte[] Bytes(string latin) => Encoding.Latin1.GetBytes(latin);

    public static async Task<Snapshot> ReadAsync(BrokerHarness harness)
    {
        var keys = new Dictionary<string, KeyContent>(StringComparer.Ordinal);
        foreach (var names in (await Leftovers.NamesAsync(harness)).Chunk(KeysAtOnce))
        {
            var types = await harness.Client.ExecuteAsync([.. names.Select(name => RedisCommand.Create("TYPE", name))], default);
            var present = names.Zip(types, (name, type) => (Name: name, Type: type.AsString())).Where(key => key.Type != "none").ToList();
            var values = await harness.Client.ExecuteAsync([.. present.Select(key => Read(key.Name, key.Type))], default);
            foreach (var ((name, type), value) in present.Zip(values).Where(key => !key.Second.IsNull && !key.Second.IsError))
            {
                keys.Add(name, new KeyContent(type, Flat(type, value)));
            }
        }

        return new Snapshot(keys);
    }

    /// <summary>Makes the namespace as it was: nothing else is left in it.</summary>
    public async Task RestoreAsync(BrokerHarness harness)
    {
        await Leftovers.RemoveAsync(harness);
        await harness.Client.ExecuteAsync([.. Keys.SelectMany(key => Write(key.Key, key.Value))], default);
    }

    /// <summary>Makes one key as it was.</summary>
    public Task RepairAsync(BrokerHarness harness, string key) => harness.Client.ExecuteAsync(
        [RedisCommand.Create("DEL", key), .. Keys.TryGetValue(key, out var content) ? Write(key, content) : []], default);

    public KeyContent Of(string key) => Keys.GetValueOrDefault(key) ?? new KeyContent("none", []);

    private static RedisCommand Read(string name, string type) => type switch
    {
        "list" => RedisCommand.Create("LRANGE", name, 0, -1),
        "hash" => RedisCommand.Create("HGETALL", name),
        "zset" => RedisCommand.Create("ZRANGE", name, 0, -1, "WITHSCORES"),
        "set" => RedisCommand.Create("SMEMBERS", name),
        _ => RedisCommand.Create("GET", name),
    };

    private static List<string> Flat(string type, RespValue value) => type switch
    {
        "string" => [Latin(value)],
        // RESP3 nests each pair in an array of its own, RESP2 does not.
        "zset" => [.. value.Items.SelectMany(v => v.Type is RespType.Array ? v.Items : [v]).Chunk(2).SelectMany(pair => new[] { Latin(pair[0]), pair[1].AsDouble().ToString("R", CultureInfo.InvariantCulture) })],
        _ => [.. value.Items.Select(Latin)],
    };

    private static string Latin(RespValue value) => Encoding.Latin1.GetString(value.AsBytes());

    private static IEnumerable<RedisCommand> Write(string name, KeyContent content)
    {
        if (content.Type == "string")
        {
            yield return RedisCommand.Create("SET", name, Bytes(content.Items[0]));
            yield break;
        }

        var verb = content.Type switch { "list" => "RPUSH", "hash" => "HSET", "zset" => "ZADD", _ => "SADD" };
        foreach (var items in content.Items.Chunk(LargestCommand))
        {
            var ordered = content.Type == "zset" ? items.Chunk(2).SelectMany(pair => new[] { pair[1], pair[0] }) : items;
            yield return RedisCommand.Create(verb, [name, .. ordered.Select(item => (RedisArgument)Bytes(item))]);
        }
    }
}
