using System.Globalization;
using System.Text;
using System.Text.Json;
using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>Builds the script calls: which keys and arguments go in which slot is written here and in the scripts' headers only.</summary>
internal sealed class BrokerCalls(BrokerKeys keys, BrokerOptions options)
{
    public LuaCall Forget(string queue)
    {
        var k = keys.Of(queue);
        return new LuaCall(
            BrokerScripts.Forget,
            [
                .. k.Ready, k.Delayed, k.Parked, k.Dead, k.Leases, k.OrphanedResults, k.Holders,
                k.Meta, k.Wake, k.Slots, k.ParkedByRate, k.ParkedByKind, k.Limits, k.Buckets, k.RetryBudget, k.Counted, k.DeadSize,
            ],
            []);
    }

    /// <summary>How long a cancellation is remembered: longer than any task is likely to wait. A cancelled one that is fetched later than this runs.</summary>
    internal static readonly TimeSpan RememberCancelled = TimeSpan.FromDays(7);

    // A fetch stands in the broker for seconds; what a middlebox held back longer than this is not delivered any more.
    private static readonly TimeSpan LongerThanAnyFetch = TimeSpan.FromMinutes(10);

    private int KeepResults => options.KeepResults ? 1 : 0;

    // As large as messages may be, these are 8 MiB, or one message; most fetches are done with them.
    private int FirstPop => Math.Clamp((8 << 20) / options.MaxPayloadBytes, 1, 32);

    public LuaCall Enqueue(string queue, IReadOnlyList<(byte[] Message, EnqueueRequest Request)> tasks)
    {
        var k = keys.Of(queue);
        var arguments = new RedisArgument[2 + (tasks.Count * 2)];
        arguments[0] = KeepResults;
        arguments[1] = Milliseconds(RememberCancelled);
        for (var i = 0; i < tasks.Count; i++)
        {
            arguments[2 + (i * 2)] = tasks[i].Message;
            arguments[3 + (i * 2)] = How(tasks[i].Request);
        }

        return new LuaCall(BrokerScripts.Enqueue, [.. k.Rules, k.Delayed, k.DelayedMessages, k.Remembered, k.Cancelled, k.OrphanedResults, k.ParkedByKind], arguments);
    }

    public LuaCall Step(string worker, Fetch fetch, IReadOnlyList<Acknowledge> finished, bool isStanding = false)
    {
        var k = keys.Of(fetch.Queue);
        var (plain, others) = (new StringBuilder(), new List<RedisArgument>());
        foreach (var task in finished)
        {
            if (task.Result.Length == 0 && task.Options.IsEmpty && task.Id.Length == Envelope.IdLength && Ascii.IsValid(task.Id))
            {
                plain.Append(task.Id);
            }
            else
            {
                others.AddRange([Id(task.Id), task.Result, task.Options]);
            }
        }

        return new LuaCall(
            BrokerScripts.Step,
            [.. k.Rates, k.Leases, k.InFlight(worker), k.Delayed, k.Results(worker), k.Cancelled, k.FetchGeneration(worker), .. k.DeadSet],
            [worker, fetch.Count, KeepResults, fetch.Generation, isStanding ? 1 : 0, FirstPop, plain.ToString(), .. others]);
    }

    public LuaCall Reclaim(string worker, string queue, int generation)
    {
        var k = keys.Of(queue);
        return new LuaCall(BrokerScripts.Reclaim, [k.FetchGeneration(worker), k.InFlight(worker)], [generation, (int)LongerThanAnyFetch.TotalSeconds]);
    }

    public LuaCall Recall(string worker, string queue) =>
        new(BrokerScripts.Recall, [keys.Of(queue).Recall(worker)], [(int)LongerThanAnyFetch.TotalSeconds]);

    public LuaCall Count(string queue, IReadOnlyList<string> workers, int most, TimeSpan lifetime)
    {
        var k = keys.Of(queue);
        return new LuaCall(BrokerScripts.Count, [.. k.Ready, k.Counted, .. workers.Select(k.InFlight)], [most, (int)lifetime.TotalSeconds]);
    }

    public LuaCall Retry(string worker, Retry retry)
    {
        var k = keys.Of(retry.Queue);
        return new LuaCall(
            BrokerScripts.Retry,
            [.. k.Rules, k.Leases, k.InFlight(worker), k.Delayed, k.DelayedMessages, k.Results(worker), .. k.DeadSet, k.RetryBudget, k.Cancelled],
            [worker, Id(retry.Id), retry.Message, Milliseconds(retry.Delay), retry.Result, .. Budget(retry.OverBudget)]);
    }

    public LuaCall Bury(string worker, Bury bury)
    {
        var k = keys.Of(bury.Queue);
        return new LuaCall(
            BrokerScripts.Bury,
            [.. k.Rules, k.Leases, k.InFlight(worker), .. k.DeadSet, k.Results(worker), k.Cancelled],
            [worker, Id(bury.Id), bury.Message, bury.Reason, bury.Result, .. DeadBounds]);
    }

    public LuaCall Park(string worker, Park park)
    {
        var k = keys.Of(park.Queue);
        return new LuaCall(BrokerScripts.Park, [.. k.Rules, k.Leases, k.InFlight(worker), k.ParkedByKind], [worker, Id(park.Id), park.Message, park.Kind]);
    }

    public LuaCall Unpark(string queue, string kind, int most)
    {
        var k = keys.Of(queue);
        return new LuaCall(BrokerScripts.Unpark, [.. k.Rules, k.ParkedByKind], [kind, most]);
    }

    public LuaCall Release(string worker, string queue, IEnumerable<string> idsNewestFirst)
    {
        var k = keys.Of(queue);
        return new LuaCall(
            BrokerScripts.Release,
            [.. k.Ready, k.Wake, k.Leases, k.InFlight(worker)],
            [worker, .. idsNewestFirst.Select(Id)]);
    }

    public LuaCall Leave(string worker, string queue)
    {
        var k = keys.Of(queue);
        return new LuaCall(BrokerScripts.Leave, [.. k.Ready, k.Wake, k.Leases, k.InFlight(worker), k.Results(worker), k.OrphanedResults, k.Holders], [worker]);
    }

    /// <param name="worker">The incarnation.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="lease">How long the lease lasts.</param>
    /// <param name="take">Whether to take a new lease, not to renew the one held.</param>
    /// <param name="since">By the worker's own clock: time since it last tried to renew, and since it last did; null when it does not know.</param>
    /// <param name="searchHolders">Whether to look for holders without a lease.</param>
    public LuaCall Lease(string worker, string queue, TimeSpan lease, bool take, (TimeSpan Tried, TimeSpan Done)? since = null, bool searchHolders = false)
    {
        var k = keys.Of(queue);
        return new LuaCall(
            BrokerScripts.Lease,
            [k.Leases, k.OrphanedResults, k.Results(worker), k.InFlight(worker), k.Cancelled, k.ParkedByKind, k.Holders],
            [
                worker, Milliseconds(lease), take ? 1 : 0, searchHolders ? 1 : 0,
                .. since is var (tried, done) ? new RedisArgument[] { Milliseconds(tried), Milliseconds(done) } : [],
            ]);
    }

    public LuaCall Register(string worker, byte[] description, IReadOnlyList<string> queues) =>
        new(BrokerScripts.Register, [keys.Workers, keys.Queues], [worker, description, .. queues.Select(queue => (RedisArgument)queue)]);

    public LuaCall Recover(string deadWorker, string queue)
    {
        var k = keys.Of(queue);
        var error = $"The task was running when its worker died, {options.MaxRedeliveries + 1} times over; it is held to be the cause (crash-loop).";
        var reason = JsonSerializer.SerializeToUtf8Bytes(new DeadReason("crash-loop", error), BrokerJson.Default.DeadReason);
        return new LuaCall(
            BrokerScripts.Recover,
            [.. k.Rules, k.Leases, k.InFlight(deadWorker), .. k.DeadSet, k.Results(deadWorker), k.OrphanedResults, k.Cancelled, k.Holders],
            [deadWorker, options.MaxRedeliveries, reason, options.MaxDeadTasks, error, KeepResults, options.MaxDeadBytes, Milliseconds(options.MaxDeadAge)]);
    }

    /// <param name="queue">The queue.</param>
    /// <param name="most">1 to 1,000.</param>
    public LuaCall Promote(string queue, int most)
    {
        var k = keys.Of(queue);
        return new LuaCall(BrokerScripts.Promote, [.. k.Rates, k.Delayed, k.DelayedMessages, k.OrphanedResults], [most, KeepResults]);
    }

    public LuaCall Cancel(string queue, string id, bool mark)
    {
        var k = keys.Of(queue);
        return new LuaCall(
            BrokerScripts.Cancel,
            [.. k.Rules, k.Delayed, k.DelayedMessages, k.Cancelled, k.OrphanedResults, k.ParkedByKind],
            [id, mark ? Milliseconds(RememberCancelled) : 0, KeepResults]);
    }

    /// <param name="queue">The queue.</param>
    /// <param name="state">waiting, delayed or parked.</param>
    /// <param name="most">1 to 1,000.</param>
    public LuaCall Purge(string queue, string state, int most)
    {
        var k = keys.Of(queue);
        return new LuaCall(BrokerScripts.Purge, [.. k.Rules, k.Delayed, k.DelayedMessages, k.OrphanedResults, k.ParkedByKind], [state, most, KeepResults]);
    }

    /// <param name="queue">The queue.</param>
    /// <param name="limits">Field, limit (null to remove it) and bucket of each.</param>
    public LuaCall Limit(string queue, IEnumerable<(string Field, string? Limit, string Bucket)> limits)
    {
        var k = keys.Of(queue);
        return new LuaCall(
            BrokerScripts.Limit,
            [k.Meta, k.Limits, k.ParkedByRate, k.Wake],
            [.. limits.SelectMany(l => new RedisArgument[] { l.Field, l.Limit ?? "", l.Bucket })]);
    }

    public LuaCall FreeKey(string queue, string key, string holder)
    {
        var k = keys.Of(queue);
        return new LuaCall(BrokerScripts.FreeKey, [k.Unique, k.UniqueEnds], [key, holder]);
    }

    public LuaCall TrimDead(string queue) => new(BrokerScripts.DeadTrim, [.. keys.Of(queue).DeadSet], DeadBounds);

    public LuaCall CountAttempts(string queue, long attempts) =>
        new(BrokerScripts.CountAttempts, [keys.Of(queue).RetryBudget], [attempts, Milliseconds(BrokerOptions.RetryBudgetWindow)]);

    private RedisArgument[] DeadBounds => [options.MaxDeadTasks, options.MaxDeadBytes, Milliseconds(options.MaxDeadAge)];

    private RedisArgument[] Budget(Bury? over) => over is null || options.RetryBudget == 0
        ? [""]
        : [options.RetryBudget, Milliseconds(BrokerOptions.RetryBudgetWindow), BrokerOptions.RetriesAlwaysAllowed, over.Message, over.Reason, over.Result, .. DeadBounds];

    /// <summary>How a task is enqueued, as enqueue.lua reads it; empty in the plain case, which is by far the most frequent.</summary>
    private static string How(EnqueueRequest request) =>
        request.Delay <= TimeSpan.Zero && request.RememberId <= TimeSpan.Zero && request.Message.Rules is not { IsEmpty: false }
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Milliseconds(request.Delay)}/{Milliseconds(request.RememberId)}/{Milliseconds(request.Expires ?? TimeSpan.Zero)}/{(request.OnConflict == UniqueConflict.Replace ? "replace" : "reject")}/{Milliseconds(request.UniqueFor)}");

    /// <summary>An id as the bytes that it came as: of a message that cannot be read it may be any.</summary>
    private static RedisArgument Id(string id) => Ascii.IsValid(id) ? id : Encoding.Latin1.GetBytes(id);

    private static long Milliseconds(TimeSpan time) => (long)Math.Ceiling(Math.Max(0, time.TotalMilliseconds));
}
