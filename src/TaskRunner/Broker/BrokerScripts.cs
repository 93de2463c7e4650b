using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>The scripts, one operation each, embedded as resources.</summary>
internal static class BrokerScripts
{
    private const string Undo = "undo.lua";
    private const string Numbers = "numbers.lua";
    private const string Wake = "wake.lua";
    private const string Rules = "rules.lua";
    private const string Holdings = "holdings.lua";
    private const string Ends = "ends.lua";
    private const string Rates = "rates.lua";
    private const string DeadSet = "dead_set.lua";
    private const string GiveUp = "give_up.lua";
    private const string Unreadable = "unreadable.lua";

    public static LuaScript Enqueue { get; } = LuaScript.LoadLean("enqueue.lua", Wake, "with_rules(add)", Undo, Numbers, Rules, Holdings, Ends, "enqueue_rules.lua");

    public static LuaScript Step { get; } = LuaScript.LoadLean(
        "step.lua", Wake, "with_rules(answer, cancels, now)", Undo, Numbers, Rules, Holdings, Ends, DeadSet, Unreadable, Rates, "step_rules.lua");

    public static LuaScript Retry { get; } = LuaScript.Load("retry.lua", Wake, Undo, Numbers, Rules, Holdings, Ends, DeadSet, GiveUp);

    public static LuaScript Bury { get; } = LuaScript.Load("bury.lua", Wake, Undo, Numbers, Rules, Holdings, Ends, DeadSet, GiveUp);

    public static LuaScript Park { get; } = LuaScript.Load("park.lua", Wake, Undo, Numbers, Rules, Holdings);

    public static LuaScript Unpark { get; } = LuaScript.Load("unpark.lua", Wake, Undo, Numbers, Rules, Holdings);

    public static LuaScript Cancel { get; } = LuaScript.Load("cancel.lua", Wake, Undo, Numbers, Rules, Holdings, Ends);

    public static LuaScript Purge { get; } = LuaScript.Load("purge.lua", Wake, Undo, Numbers, Rules, Holdings, Ends);

    public static LuaScript Release { get; } = LuaScript.Load("release.lua", Wake, Undo);

    public static LuaScript Leave { get; } = LuaScript.Load("leave.lua", Wake, Undo);

    public static LuaScript Lease { get; } = LuaScript.Load("lease.lua");

    public static LuaScript Recover { get; } = LuaScript.Load("recover.lua", Wake, Undo, Numbers, Rules, Holdings, Ends, DeadSet, Unreadable);

    public static LuaScript Promote { get; } = LuaScript.Load("promote.lua", Wake, Undo, Numbers, Rules, Holdings, Ends, Rates);

    public static LuaScript Limit { get; } = LuaScript.Load("limit.lua", Wake, Undo);

    public static LuaScript FreeKey { get; } = LuaScript.Load("free_key.lua");

    public static LuaScript Count { get; } = LuaScript.Load("count.lua");

    public static LuaScript GroupOpen { get; } = LuaScript.Load("group_open.lua");

    public static LuaScript GroupReport { get; } = LuaScript.Load("group_report.lua");

    public static LuaScript GroupNote { get; } = LuaScript.Load("group_note.lua");

    public static LuaScript DeadRetry { get; } = LuaScript.Load("dead_retry.lua", Wake, Undo, Numbers, DeadSet);

    public static LuaScript DeadPurge { get; } = LuaScript.Load("dead_purge.lua", Undo, Numbers, DeadSet);

    public static LuaScript DeadTrim { get; } = LuaScript.Load("dead_trim.lua", Undo, Numbers, DeadSet);

    public static LuaScript CountAttempts { get; } = LuaScript.Load("count_attempts.lua");

    public static LuaScript Reclaim { get; } = LuaScript.Load("reclaim.lua");

    public static LuaScript Recall { get; } = LuaScript.Load("recall.lua");

    public static LuaScript Register { get; } = LuaScript.Load("register.lua");

    public static LuaScript Forget { get; } = LuaScript.Load("forget.lua");

    public static LuaScript Isolation { get; } = LuaScript.Load("isolation.lua");
}
