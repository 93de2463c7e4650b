using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>Every script of the broker, called as the program calls it; a test holds that none is missing.</summary>
internal static class ScriptCases
{
    private static readonly byte[] Reason = "{\"reason\":\"failed\",\"error\":\"no\"}"u8.ToArray();

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly Guid NewGroup = Guid.ParseExact(new string('9', 32), "N");

    public static IReadOnlyList<ScriptCase> All { get; } = [.. Enqueueing(), .. Stepping(), .. Settling(), .. Recovering(), .. Managing(), .. Others()];

    private static IEnumerable<ScriptCase> Enqueueing()
    {
        yield return new("Enqueue", "plain tasks", s => s.Calls.Enqueue("default", [New(s, "new-plain"), New(s, "new-nine", priority: 9)])) { Brings = ["new-plain", "new-nine"] };
        yield return new("Enqueue", "tasks with rules", s => s.Calls.Enqueue("default",
        [
            New(s, "new-plain"), New(s, "new-unique", Scene.Rules("new-unique"), remember: Hour), New(s, "new-later", delay: Hour, remember: Hour),
            New(s, "new-all", Scene.Rules("new-all", "new", 1, "new"), delay: Hour, remember: Hour),
        ]))
        { Brings = ["new-plain", "new-unique", "new-later", "new-all"] };
        yield return new("Enqueue", "replacing others", s => s.Calls.Enqueue("default",
        [
            New(s, "new-for-ready", Scene.Rules("ready-unique"), replaces: true), New(s, "new-for-parked", Scene.Rules("parked-slot"), replaces: true),
            New(s, "new-for-delayed", Scene.Rules("due-all"), replaces: true, remember: Hour), New(s, "new-for-held", Scene.Rules("held-all"), replaces: true),
        ]))
        { Brings = ["new-for-ready", "new-for-parked", "new-for-delayed", "new-for-held"] };
    }

    private static IEnumerable<ScriptCase> Stepping()
    {
        yield return new("Step", "fetch", s => s.Calls.Step(Scene.Living, new Fetch("default", 100), []));
        yield return new("Step", "fetch of one", s => s.Calls.Step(Scene.Living, new Fetch("default", 1), []));
        yield return new("Step", "acknowledgements and fetch", s => s.Calls.Step(
            Scene.Living,
            new Fetch("default", 100),
            [
                new Acknowledge(s.HeldBy("held-plain"), []), new Acknowledge(s.HeldBy("held-plain-2"), s.ResultOf(s.IdOf("held-plain-2"))), new Acknowledge(s.HeldBy("held-slot"), s.ResultOf(s.IdOf("held-slot"))),
                new Acknowledge(s.HeldBy("held-all"), s.ResultOf(s.IdOf("held-all"))), new Acknowledge(s.HeldBy("held-cancelled"), s.ResultOf(s.IdOf("held-cancelled"))),
            ]))
        { MayBeGone = name => name == "held-plain" };
        yield return new("Step", "standing fetch", s => s.Calls.Step(Scene.Living, new Fetch("default", 20), [], isStanding: true));
    }

    private static IEnumerable<ScriptCase> Settling()
    {
        foreach (var name in new[] { "held-plain", "held-slot", "held-all", "held-cancelled" })
        {
            yield return new("Retry", name, s => s.Calls.Retry(Scene.Living, RetryOf(s, name, over: false)));
            yield return new("Retry", name + " under a budget", s => s.Calls.Retry(Scene.Living, RetryOf(s, name, over: true)));
            yield return new("Bury", name, s => s.Calls.Bury(Scene.Living, BuryOf(s, name)));
            yield return new("Park", name, s => s.Calls.Park(Scene.Living, new Park(s.IdOf(name), "default", s.HeldBy(name).Bytes, "t:new.task")));
        }

        yield return new("Release", "all that is held", s => s.Calls.Release(Scene.Living, "default", s.Ids.Where(id => id.Key.StartsWith("held-", StringComparison.Ordinal)).Select(id => id.Value)));
        yield return new("Leave", "with tasks and results", s => s.Calls.Leave(Scene.Living, "default"));
        yield return new("Reclaim", "", s => s.Calls.Reclaim(Scene.Living, "default", 1));
        yield return new("Recall", "", s => s.Calls.Recall(Scene.Living, "default"));
    }

    private static IEnumerable<ScriptCase> Recovering()
    {
        yield return new("Lease", "renewal", s => s.Calls.Lease(Scene.Living, "default", Hour, take: false));
        yield return new("Lease", "a new one", s => s.Calls.Lease("w2", "default", Hour, take: true));
        yield return new("Recover", "a dead worker", s => s.Calls.Recover(Scene.Gone, "default"));
        yield return new("Promote", "all that is due", s => s.Calls.Promote("default", 500));
        yield return new("Promote", "one", s => s.Calls.Promote("default", 1));
        yield return new("Unpark", "a kind", s => s.Calls.Unpark("default", "t:new.task", 500));
    }

    private static IEnumerable<ScriptCase> Managing()
    {
        foreach (var name in new[] { "due-all", "later", "parked-slot", "parked-rate-all", "parked-kind-all", "held-all", "ready-plain" })
        {
            yield return new("Cancel", name, s => s.Calls.Cancel("default", s.IdOf(name), mark: true));
        }

        foreach (var state in new[] { "waiting", "delayed", "parked" })
        {
            yield return new("Purge", state, s => s.Calls.Purge("default", state, 500)) { HostileMayBeGone = (message, _) => !message.HasReadableId };
        }

        yield return new("Limit", "set", s => s.Calls.Limit("default", [("o:debug.echo", "10/864000000", "t:debug.echo")]));
        yield return new("Limit", "lifted", s => s.Calls.Limit("default", [("o:" + Scene.TypedTask, null, "t:" + Scene.TypedTask)]));
        yield return new("Forget", "", s => s.Calls.Forget("default"));
        yield return new("FreeKey", "held", s => s.Calls.FreeKey("default", "held-unique", ""));
        yield return new("DeadTrim", "", s => new BrokerCalls(s.Harness.Keys, s.Harness.Broker.Options with { MaxDeadTasks = 1 }).TrimDead("default"))
        {
            MayBeGone = IsDead,
            HostileMayBeGone = (_, place) => place == "dead",
        };
        yield return new("DeadPurge", "", s => new LuaCall(BrokerScripts.DeadPurge, [.. s.Keys.DeadSet], [s.IdOf("dead-plain"), s.IdOf("dead-all")])) { MayBeGone = IsDead };
        yield return new("DeadRetry", "", s => new LuaCall(
            BrokerScripts.DeadRetry,
            [.. s.Keys.DeadSet, .. s.Keys.Ready, s.Keys.Wake],
            [s.IdOf("dead-plain"), Envelope.Write(s.Message("dead-plain")), s.IdOf("dead-all"), Envelope.Write(s.Message("dead-all", Scene.Rules("dead-all", "dead")))]));
    }

    private static IEnumerable<ScriptCase> Others()
    {
        yield return new("Count", "", s => s.Calls.Count("default", [Scene.Living, Scene.Gone], 100, Hour));
        yield return new("CountAttempts", "", s => s.Calls.CountAttempts("default", 3));
        yield return new("Register", "", s => s.Calls.Register(Scene.Living, "{}"u8.ToArray(), ["default"]));
        yield return new("Isolation", "", s => new LuaCall(BrokerScripts.Isolation, [s.Harness.Keys.Probe("trial")], [2]));
        yield return new("GroupOpen", "", s => new LuaCall(BrokerScripts.GroupOpen, [s.Harness.Keys.Group(NewGroup)], ["{}", 2, 60000]))
        {
            After = (s, end) => Differences(end.Of(s.Harness.Keys.Group(NewGroup)), ("plan", "{}"), ("total", "2"), ("done", "0")),
        };
        foreach (var succeeded in new[] { 1, 0 })
        {
            yield return new("GroupReport", succeeded == 1 ? "a success" : "a failure", s => new LuaCall(BrokerScripts.GroupReport, [s.Harness.Keys.Group(Scene.Group)], [0, succeeded, "{}", 60000]))
            {
                After = (s, end) => Differences(end.Of(s.Harness.Keys.Group(Scene.Group)), ("total", "2"), ("done", succeeded == 1 ? "1" : "0"), (succeeded == 1 ? "s:0" : "f:0", "{}")),
            };
        }

        yield return new("GroupNote", "", s => new LuaCall(BrokerScripts.GroupNote, [s.Harness.Keys.Group(Scene.Group)], ["next", "x"]))
        {
            After = (s, end) => Differences(end.Of(s.Harness.Keys.Group(Scene.Group)), ("next", "x")),
        };
    }

    /// <summary>Fields of a group that are not what they must be once the call was made again.</summary>
    private static IEnumerable<string> Differences(KeyContent group, params IEnumerable<(string Field, string Value)> expected)
    {
        var fields = group.Pairs.ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        return expected.Where(e => fields.GetValueOrDefault(e.Field) != e.Value)
            .Select(e => $"the group has '{fields.GetValueOrDefault(e.Field)}' as {e.Field}, which must be '{e.Value}'");
    }

    private static bool IsDead(string name) => name.StartsWith("dead-", StringComparison.Ordinal);

    private static Retry RetryOf(Scene scene, string name, bool over)
    {
        var id = scene.IdOf(name);
        return new Retry(id, "default", scene.HeldBy(name).Bytes, Hour, scene.ResultOf(id, TaskState.Retrying), over ? BuryOf(scene, name) : null);
    }

    private static Bury BuryOf(Scene scene, string name) =>
        new(scene.IdOf(name), "default", scene.HeldBy(name).Bytes, Reason, scene.ResultOf(scene.IdOf(name), TaskState.Dead));

    private static (byte[] Message, EnqueueRequest Request) New(Scene scene, string name, TaskRules? rules = null, int priority = 5, TimeSpan delay = default, TimeSpan remember = default, bool replaces = false)
    {
        var message = scene.Message(name, rules, priority);
        return (Envelope.Write(message), new EnqueueRequest(message) { Delay = delay, RememberId = remember, OnConflict = replaces ? UniqueConflict.Replace : UniqueConflict.Reject });
    }
}
