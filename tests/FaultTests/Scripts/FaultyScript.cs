using System.Collections.Concurrent;
using TaskRunner.Redis;
using TaskRunner.Resp;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>What a script with a fault did.</summary>
/// <param name="Calls">How many calls it made.</param>
/// <param name="FailedCall">Command and key of the call that failed; empty when it did not come so far.</param>
/// <param name="Error">What the script raised; empty when it returned.</param>
internal sealed record FaultyRun(int Calls, string FailedCall, string Error);

/// <summary>
/// A script of the program whose n-th call to the server raises an error in place of doing its work. The text of the script is as the program assembles it;
/// only the name <c>redis</c> means something else in it.
/// </summary>
internal static class FaultyScript
{
    /// <summary>What the raised error says.</summary>
    public const string Fault = "injected fault";

    private const string Head = """
        local calls, failed, at, kind = 0, '', tonumber(ARGV[#ARGV - 1]), ARGV[#ARGV]
        local given, server = ARGV, redis
        local function counted(name, ...)
          calls = calls + 1
          if calls == at then
            failed = tostring((...)) .. ' ' .. tostring((select(2, ...)))
            if name == 'pcall' then return { err = 'ERR injected fault' } end
            if kind == 'table' then error({ err = 'ERR injected fault' }) end
            error('injected fault')
          end
          return server[name](...)
        end
        local redis = {
          call = function(...) return counted('call', ...) end, pcall = function(...) return counted('pcall', ...) end,
          error_reply = server.error_reply, status_reply = server.status_reply, sha1hex = server.sha1hex, log = server.log,
          LOG_WARNING = server.LOG_WARNING, LOG_NOTICE = server.LOG_NOTICE, LOG_DEBUG = server.LOG_DEBUG, LOG_VERBOSE = server.LOG_VERBOSE,
        }
        local ARGV = {}
        for i = 1, #given - 2 do ARGV[i] = given[i] end
        local function script()

        """;

    private const string Tail = """

        end
        local done, reply = pcall(script)
        if done then return { calls, failed, '' } end
        if type(reply) == 'table' then reply = reply.err end
        return { calls, failed, tostring(reply) }
        """;

    private static readonly ConcurrentDictionary<string, LuaScript> Made = new(StringComparer.Ordinal);

    /// <summary>The call with an error at its n-th call to the server; 0 for none.</summary>
    /// <param name="call">The call as the program makes it.</param>
    /// <param name="at">Which call fails, from 1.</param>
    /// <param name="asTable">The error is a table, as Redis raises its own since version 7; else a text, as Lua's functions raise theirs.</param>
    public static LuaCall Of(LuaCall call, int at, bool asTable)
    {
        var script = Made.GetOrAdd(call.Script.Source, source => new LuaScript("faulty " + call.Script.Name, Head + source + Tail));
        return new LuaCall(script, call.Keys, [.. call.Arguments, at, asTable ? "table" : "text"]);
    }

    public static FaultyRun Read(RespValue reply) =>
        reply.IsError ? new FaultyRun(0, "", reply.ErrorMessage) : new FaultyRun((int)reply.Items[0].AsInteger(), reply.Items[1].AsString(), reply.Items[2].AsString());
}
