using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>The scripts, one operation each, embedded as resources.</summary>
internal static class BrokerScripts
{
    public static LuaScript Enqueue { get; } = LuaScript.Load("enqueue.lua");

    public static LuaScript Step { get; } = LuaScript.Load("step.lua");

    public static LuaScript Retry { get; } = LuaScript.Load("retry.lua");

    public static LuaScript Bury { get; } = LuaScript.Load("bury.lua");

    public static LuaScript Release { get; } = LuaScript.Load("release.lua");

    public static LuaScript Leave { get; } = LuaScript.Load("leave.lua");

    public static LuaScript Lease { get; } = LuaScript.Load("lease.lua");

    public static LuaScript Recover { get; } = LuaScript.Load("recover.lua");

    public static LuaScript Promote { get; } = LuaScript.Load("promote.lua");
}
