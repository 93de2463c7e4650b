using System.Text.Json;
using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>Builds the script calls: which keys and arguments go in which slot is written here and in the scripts' headers only.</summary>
internal sealed class BrokerCalls(BrokerKeys keys, BrokerOptions options)
{
    public LuaCall Enqueue(string queue, IReadOnlyList<(byte[] Message, TimeSpan Delay, TimeSpan Remember)> tasks)
    {
        var k = keys.Of(queue);
        var arguments = new RedisArgument[tasks.Count * 3];
        for (var i = 0; i < tasks.Count; i++)
        {
            arguments[i * 3] = tasks[i].Message;
            arguments[(i * 3) + 1] = Milliseconds(tasks[i].Delay);
            arguments[(i * 3) + 2] = Milliseconds(tasks[i].Remember);
        }

        return new LuaCall(BrokerScripts.Enqueue, [.. k.Ready, k.Delayed, k.DelayedMessages, k.Remembered, k.Wake], arguments);
    }

    public LuaCall Step(string worker, string queue, int want, IReadOnlyList<Acknowledge> finished)
    {
        var k = keys.Of(queue);
        var arguments = new RedisArgument[2 + (finished.Count * 2)];
        arguments[0] = worker;
        arguments[1] = want;
        for (var i = 0; i < finished.Count; i++)
        {
            arguments[2 + (i * 2)] = finished[i].Id;
            arguments[3 + (i * 2)] = finished[i].Result;
        }

        return new LuaCall(BrokerScripts.Step, [.. k.Ready, k.Leases, k.InFlight(worker), k.Wake, k.Delayed, k.Meta, k.Results(worker)], arguments);
    }

    public LuaCall Retry(string worker, Retry retry)
    {
        var k = keys.Of(retry.Queue);
        return new LuaCall(
            BrokerScripts.Retry,
            [k.Leases, k.InFlight(worker), k.Delayed, k.DelayedMessages, k.Wake, k.Results(worker)],
            [worker, retry.Id, retry.Message, Milliseconds(retry.Delay), retry.Result]);
    }

    public LuaCall Bury(string worker, Bury bury)
    {
        var k = keys.Of(bury.Queue);
        return new LuaCall(
            BrokerScripts.Bury,
            [k.Leases, k.InFlight(worker), k.Dead, k.DeadMessages, k.DeadReasons, k.Results(worker)],
            [worker, bury.Id, bury.Message, bury.Reason, bury.Result, options.MaxDeadTasks]);
    }

    public LuaCall Release(string worker, string queue, IEnumerable<string> idsNewestFirst)
    {
        var k = keys.Of(queue);
        return new LuaCall(
            BrokerScripts.Release,
            [.. k.Ready, k.Leases, k.InFlight(worker), k.Wake],
            [worker, .. idsNewestFirst.Select(id => (RedisArgument)id)]);
    }

    public LuaCall Leave(string worker, string queue)
    {
        var k = keys.Of(queue);
        return new LuaCall(BrokerScripts.Leave, [.. k.Ready, k.Leases, k.InFlight(worker), k.Wake, k.Results(worker), k.OrphanedResults], [worker]);
    }

    public LuaCall Lease(string worker, string queue, TimeSpan lease, bool take)
    {
        var k = keys.Of(queue);
        return new LuaCall(BrokerScripts.Lease, [k.Leases, k.OrphanedResults, k.Results(worker)], [worker, Milliseconds(lease), take ? 1 : 0]);
    }

    public LuaCall Recover(string deadWorker, string queue)
    {
        var k = keys.Of(queue);
        var error = $"The task was running when its worker died, {options.MaxRedeliveries + 1} times over; it is held to be the cause (crash-loop).";
        var reason = JsonSerializer.SerializeToUtf8Bytes(new DeadReason("crash-loop", error), BrokerJson.Default.DeadReason);
        return new LuaCall(
            BrokerScripts.Recover,
            [.. k.Ready, k.Leases, k.InFlight(deadWorker), k.Wake, k.Dead, k.DeadMessages, k.DeadReasons, k.Results(deadWorker), k.OrphanedResults],
            [deadWorker, options.MaxRedeliveries, reason, options.MaxDeadTasks, error, options.KeepResults ? 1 : 0]);
    }

    public LuaCall Promote(string queue, int most)
    {
        var k = keys.Of(queue);
        return new LuaCall(BrokerScripts.Promote, [.. k.Ready, k.Delayed, k.DelayedMessages, k.Wake], [most]);
    }

    private static long Milliseconds(TimeSpan time) => (long)Math.Ceiling(Math.Max(0, time.TotalMilliseconds));
}
