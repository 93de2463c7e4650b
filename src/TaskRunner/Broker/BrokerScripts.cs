using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>The scripts, one operation each, embedded as resources.</summary>
internal static class BrokerScripts
{
    private const string Wake = "wake.lua";
    private const string Rules = "rules.lua";
    private const string Rates = "rates.lua";
    private const string DeadSet = "dead_set.lua";
    private const string GiveUp = "give_up.lua";

    public static LuaScript Enqueue { get; } = LuaScript.LoadLean("enqueue.lua", Wake, "with_rules(add)", Rules, "enqueue_rules.lua");

    public static LuaScript Step { get; } = LuaScript.LoadLean("step.lua", Wake, "with_rules(answer, cancels, now)", Rules, Rates, "step_rules.lua");

    public static LuaScript Retry { get; } = LuaScript.Load("retry.lua", Wake, Rules, DeadSet, GiveUp);

    public static LuaScript Bury { get; } = LuaScript.Load("bury.lua", Wake, Rules, DeadSet, GiveUp);

    public static LuaScript Park { get; } = LuaScript.Load("park.lua", Wake, Rules);

    public static LuaScript Unpark { get; } = LuaScript.Load("unpark.lua", Wake, Rules);

    public static LuaScript Cancel { get; } = LuaScript.Load("cancel.lua", Wake, Rules);

    public static LuaScript Purge { get; } = LuaScript.Load("purge.lua", Wake, Rules);

    public static LuaScript Release { get; } = LuaScript.Load("release.lua");

    public static LuaScript Leave { get; } = LuaScript.Load("leave.lua");

    public static LuaScript Lease { get; } = LuaScript.Load("lease.lua");

    public static LuaScript Recover { get; } = LuaScript.Load("recover.lua", Wake, Rules, DeadSet);

    public static LuaScript Promote { get; } = LuaScript.Load("promote.lua", Wake, Rules, Rates);

    public static LuaScript Limit { get; } = LuaScript.Load("limit.lua");

    public static LuaScript FreeKey { get; } = LuaScript.Load("free_key.lua");

    public static LuaScript Count { get; } = LuaScript.Load("count.lua");

    public static LuaScript GroupOpen { get; } = LuaScript.Load("group_open.lua");

    public static LuaScript GroupReport { get; } = LuaScript.Load("group_report.lua");

    public static LuaScript GroupNote { get; } = LuaScript.Load("group_note.lua");

    public static LuaScript DeadRetry { get; } = LuaScript.Load("dead_retry.lua", DeadSet);

    public static LuaScript DeadPurge { get; } = LuaScript.Load("dead_purge.lua", DeadSet);

    public static LuaScript DeadTrim { get; } = LuaScript.Load("dead_trim.lua", DeadSet);

    public static LuaScript CountAttempts { get; } = LuaScript.Load("count_attempts.lua");

    public static LuaScript Reclaim { get; } = LuaScript.Load("reclaim.lua");

    public static LuaScript Recall { get; } = LuaScript.Load("recall.lua");

    public static LuaScript Register { get; } = LuaScript.Load("register.lua");

    public static LuaScript Forget { get; } = LuaScript.Load("forget.lua");

    public static LuaScript Isolation { get; } = LuaScript.Load("isolation.lua");
}
