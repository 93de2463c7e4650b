using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>
/// Script calls written one behind the other, by hash. The server may not know a script (it restarted, or it keeps scripts
/// for one connection only); it then answers NOSCRIPT without having run anything, and the call goes out again with its source.
/// </summary>
internal sealed class LuaCallList : IRedisRequest
{
    private readonly IReadOnlyList<LuaCall> _calls;
    private readonly bool _withSource;

    private LuaCallList(IReadOnlyList<LuaCall> calls, bool withSource)
    {
        _calls = calls;
        _withSource = withSource;
    }

    public int Count => _calls.Count;

    public static LuaCallList ByHash(IReadOnlyList<LuaCall> calls) => new(calls, withSource: false);

    /// <summary>The calls that the server did not know, to be sent with their source; null when there are none.</summary>
    public LuaCallList? Unknown(RespValue[] replies)
    {
        List<LuaCall>? unknown = null;
        for (var i = 0; i < replies.Length; i++)
        {
            if (IsUnknown(replies[i]))
            {
                (unknown ??= []).Add(_calls[i]);
            }
        }

        return unknown is null ? null : new LuaCallList(unknown, withSource: true);
    }

    /// <summary>Puts the replies of the second round where the first one has NOSCRIPT.</summary>
    public static void Merge(RespValue[] replies, RespValue[] second)
    {
        var next = 0;
        for (var i = 0; i < replies.Length && next < second.Length; i++)
        {
            if (IsUnknown(replies[i]))
            {
                replies[i] = second[next++];
            }
        }
    }

    public void WriteTo(RespWriter writer)
    {
        // The first call with its source teaches the server the script for those behind it.
        HashSet<LuaScript>? taught = _withSource ? [] : null;
        for (var i = 0; i < _calls.Count; i++)
        {
            Write(writer, _calls[i], withSource: taught?.Add(_calls[i].Script) ?? false);
        }
    }

    private static bool IsUnknown(RespValue reply) => reply.IsError && reply.ErrorCode == "NOSCRIPT";

    private static void Write(RespWriter writer, LuaCall call, bool withSource)
    {
        writer.WriteArrayHeader(3 + call.Keys.Count + call.Arguments.Count);
        writer.WriteBulk(withSource ? "EVAL"u8 : "EVALSHA"u8);
        writer.WriteBulk(withSource ? call.Script.Source : call.Script.Sha1);
        writer.WriteBulk(call.Keys.Count);
        WriteAll(writer, call.Keys);
        WriteAll(writer, call.Arguments);
    }

    private static void WriteAll(RespWriter writer, IReadOnlyList<RedisArgument> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            arguments[i].WriteTo(writer);
        }
    }
}
