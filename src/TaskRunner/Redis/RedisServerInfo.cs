using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>Which program answers.</summary>
/// <param name="Kind">redis, valkey, garnet or what else it calls itself, in lower case.</param>
/// <param name="Version">Its version as it states it.</param>
internal sealed record RedisServerInfo(string Kind, string Version)
{
    /// <summary>From the reply to HELLO.</summary>
    public static RedisServerInfo FromHello(RespValue reply)
    {
        var garnet = reply.Find("garnet_version");
        return garnet.IsNull
            ? new RedisServerInfo(Lower(TextOf(reply, "server", "redis")), TextOf(reply, "version", "unknown"))
            : new RedisServerInfo("garnet", garnet.AsString());
    }

    /// <summary>From the text of INFO server.</summary>
    public static RedisServerInfo FromInfo(string text)
    {
        var fields = RedisInfoText.Parse(text);
        if (fields.TryGetValue("garnet_version", out var garnet))
        {
            return new RedisServerInfo("garnet", garnet);
        }

        var kind = Lower(fields.GetValueOrDefault("server_name", "redis"));
        return new RedisServerInfo(kind, fields.GetValueOrDefault($"{kind}_version") ?? fields.GetValueOrDefault("redis_version", "unknown"));
    }

    public override string ToString() => $"{Kind} {Version}";

    private static string TextOf(RespValue reply, string key, string otherwise) =>
        reply.Find(key) is { IsNull: false } value ? value.AsString() : otherwise;

#pragma warning disable CA1308 // The kind is shown and compared in lower case.
    private static string Lower(string text) => text.ToLowerInvariant();
#pragma warning restore CA1308
}
