using System.Text.Json;
using Microsoft.Extensions.Logging;
using TaskRunner.Redis;
using TaskRunner.Resp;

namespace TaskRunner.Broker;

/// <summary>The lease of one worker process on all its queues, kept on a connection and a thread of its own, so that no user code can delay it.</summary>
internal sealed partial class WorkerLease(
    RedisOptions redis, string connectionName, BrokerOptions options, Func<IReadOnlyList<string>> leased, TimeSpan duration, TimeProvider time, ILogger logger,
    IReadOnlyList<KnownTask>? known = null, RedisPeerWatch? peers = null) : IDisposable
{
    private const int MostUnparkedPerCall = 500;

    // With sister connections this is the one that notices for all of them a server which vanished without a word: it waits a short time only.
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(1.5);

    // Rare: a worker dies and its lease is gone, too. The search costs two commands a queue.
    private static readonly TimeSpan SearchInterval = TimeSpan.FromSeconds(30);

    private readonly string[] kinds = [.. Enumerable.Range(1, Envelope.Version).Select(TaskKind.OfVersion), .. (known ?? []).Select(task => TaskKind.OfType(task.Name)).Distinct(StringComparer.Ordinal)];
    private readonly Dictionary<(string Worker, string Queue), (long Tried, long Done)> renewals = [];
    private readonly HashSet<(string Worker, string Queue)> unrecovered = [];
    private long searchedAt;
    private readonly BlockingRedisClient client = new(redis, connectionName, time, logger, peers, peers is null ? null : ShortWait);

    private readonly BrokerKeys keys = new(options.Namespace);
    private readonly BrokerCalls calls = new(new BrokerKeys(options.Namespace), options);

    private WorkerRegistry? registry;

    private WorkerRegistry Registry => registry ??= new WorkerRegistry(client, keys, calls, Faults, logger);

    /// <summary>How long a lease lasts without renewal.</summary>
    public TimeSpan Duration => duration;

    /// <summary>Queues whose leases cannot be kept because of what their keys hold.</summary>
    public QueueFaults Faults { get; } = new();

    /// <summary>How long a report can be read; a dead worker's disappears by itself.</summary>
    private TimeSpan ReportLife => duration * 3;

    /// <summary>Takes new leases for a new incarnation and tells the others who it is.</summary>
    public void Take(WorkerDescription worker)
    {
        var queues = leased();
        Registry.Tell(worker, queues);
        AdoptMarks(queues);
        TakeLeases(worker.Name, queues);
        AdoptMarks(queues);
    }

    /// <summary>Takes leases on more queues.</summary>
    public void Take(string worker, IReadOnlyList<string> queues)
    {
        if (queues.Count > 0)
        {
            Registry.Add(queues);
            AdoptMarks(queues);
            TakeLeases(worker, queues);
            AdoptMarks(queues);
        }
    }

    /// <summary>
    /// Brings marks of cancelled tasks that were found nowhere into queues that are taken up: a producer may have pushed one where nobody looked yet. Before
    /// the lease, since nothing is fetched without one; and after it, since who cancels passes over a queue that nobody has a lease on.
    /// </summary>
    private void AdoptMarks(IReadOnlyList<string> queues)
    {
        // A reply that is an error, because somebody wrote another kind of key there, costs the marks and not the worker.
        var reply = client.Execute([RedisCommand.Create("ZRANGE", keys.CancelledAnywhere, 0, -1, "WITHSCORES")])[0];
        var marks = Registry.IsRefused("marks", keys.CancelledAnywhere, reply) ? [] : reply.Items.SelectMany(v => v.Type is RespType.Array ? v.Items : [v]).Chunk(2).ToList();
        foreach (var part in marks.Chunk(500))
        {
            RedisArgument[] members = [.. part.SelectMany(pair => new RedisArgument[] { pair[1].AsBytes(), pair[0].AsBytes() })];
            client.Execute(
            [
                .. queues.Select(keys.Of).SelectMany(k => new[]
                {
                    RedisCommand.Create("ZADD", [k.Cancelled, "NX", .. members]),
                    RedisCommand.Create("HSET", k.Meta, "cancels", "1"),
                }),
            ]);
        }
    }

    /// <summary>Tells the others what has changed of this worker.</summary>
    public void Describe(WorkerDescription worker) =>
        Registry.Tell(worker, []);

    /// <summary>Leaves a report and reads what <c>control</c> asks of this worker.</summary>
    public WorkerControl Report(string worker, WorkerReport report)
    {
        var replies = client.Execute(
            [
                RedisCommand.Create("SET", keys.Report(worker), JsonSerializer.SerializeToUtf8Bytes(report, BrokerJson.Default.WorkerReport), "PX", (long)ReportLife.TotalMilliseconds),
                RedisCommand.Create("HGETALL", keys.Control(worker)),
            ]);
        Registry.TellAgain();
        return Registry.IsRefused("control", keys.Control(worker), replies[1]) ? new WorkerControl() : WorkerControl.Read(replies[1]);
    }

    /// <summary>Renews the leases. A queue whose keys are not what they must be is passed over: nobody can take its tasks over meanwhile, either.</summary>
    /// <returns>Whether they are all held, and what the worker has to look after.</returns>
    public LeaseReply Renew(string worker)
    {
        var queues = leased();
        var now = time.GetTimestamp();
        var search = searchedAt == 0 || time.GetElapsedTime(searchedAt, now) >= SearchInterval;
        searchedAt = search ? now : searchedAt;
        List<LuaCall> renewing = [.. queues.Select(q => calls.Lease(worker, q, duration, take: false, Since(worker, q, now), search))];
        foreach (var queue in queues)
        {
            // Whether it arrives is not known yet.
            renewals[(worker, queue)] = (now, renewals.TryGetValue((worker, queue), out var last) ? last.Done : now);
        }

        var replies = client.Evaluate(renewing);
        var expired = new List<(string Worker, string Queue)>();
        var cancelled = new List<(string Queue, string Id)>();
        var parked = new List<string>();
        var adopted = 0;
        for (var i = 0; i < replies.Length; i++)
        {
            if (IsPassedOver(worker, queues[i], "lease", replies[i]))
            {
                continue;
            }

            if (replies[i].Items[0].AsInteger() == 0)
            {
                return new LeaseReply(false, 0, [], []);
            }

            renewals[(worker, queues[i])] = (now, now);
            adopted += (int)replies[i].Items[1].AsInteger();
            List<string> dead = [.. replies[i].Items[2].Items.Select(name => name.AsString())];
            expired.AddRange(dead.Select(name => (name, queues[i])));
            cancelled.AddRange(replies[i].Items[3].Items.Select(id => (queues[i], Envelope.IdOf(id.AsBytes()))));
            foreach (var over in unrecovered.Where(u => u.Queue == queues[i] && !dead.Contains(u.Worker)).ToList())
            {
                NoteRecovered(over.Worker, over.Queue);
            }

            if (replies[i].Items[4].AsInteger() > 0)
            {
                parked.Add(queues[i]);
            }
            else
            {
                Faults.Clear(queues[i], "kinds");
            }
        }

        UnparkKnown(worker, parked);
        return new LeaseReply(true, adopted, expired, cancelled);
    }

    /// <summary>
    /// Takes back what a dead worker held in one queue. A refusal is noted, for readiness and, once, in the log; the next beat tries again.
    /// </summary>
    /// <returns>Tasks put back and tasks buried; null when the worker is alive, somebody else was faster, or the server refused.</returns>
    public (int Recovered, int Buried)? Recover(string deadWorker, string queue)
    {
        var reply = client.Evaluate([calls.Recover(deadWorker, queue)])[0];
        if (reply.IsError)
        {
            unrecovered.Add((deadWorker, queue));
            if (KeyTypes.IsWrongType(reply))
            {
                IsPassedOver(deadWorker, queue, RecoveryOf(deadWorker), reply);
            }
            else
            {
                var reason = $"queue '{queue}': tasks of worker {deadWorker} cannot be recovered: {reply.ErrorMessage}";
                PassOver(queue, RecoveryOf(deadWorker), reason);
            }

            return null;
        }

        NoteRecovered(deadWorker, queue);
        if (reply.Items[0].AsInteger() < 0)
        {
            return null;
        }

        Registry.Forget(deadWorker);
        return ((int)reply.Items[0].AsInteger(), (int)reply.Items[1].AsInteger());
    }

    /// <summary>
    /// Gives up the leases: what is still held goes back to the head of its list at once. A lease that cannot be given up has to run out,
    /// and the log says why.
    /// </summary>
    /// <returns>How many tasks were put back.</returns>
    public int Leave(string worker)
    {
        var queues = leased();
        var replies = client.Evaluate([.. queues.Select(q => calls.Leave(worker, q))]);
        foreach (var (queue, refusal) in queues.Zip(replies).Where(pair => pair.Second.IsError))
        {
            LogNotLeft(logger, worker, queue, refusal.ErrorMessage);
        }

        foreach (var renewal in renewals.Keys.Where(r => r.Worker == worker).ToList())
        {
            renewals.Remove(renewal);
        }

        Registry.Forget(worker);
        return replies.Where(r => !r.IsError).Sum(r => (int)Math.Max(0, r.AsInteger()));
    }

    public void Dispose() => client.Dispose();

    private void TakeLeases(string worker, IReadOnlyList<string> queues)
    {
        var now = time.GetTimestamp();
        searchedAt = now;
        var replies = client.Evaluate([.. queues.Select(q => calls.Lease(worker, q, duration, take: true, searchHolders: true))]);
        for (var i = 0; i < replies.Length; i++)
        {
            if (!IsPassedOver(worker, queues[i], "lease", replies[i]))
            {
                renewals[(worker, queues[i])] = (now, now);
            }
        }

        if (known is { Count: > 0 })
        {
            client.Evaluate([.. queues.Select(q => calls.Limit(q, known.Select(task => (TaskKind.OfType(task.Name), task.RateLimit?.Wire, TaskKind.OfType(task.Name)))))]);
        }
    }

    /// <summary>By this process' clock: time since it last tried to renew, and since it last did; null when it did not take the lease.</summary>
    private (TimeSpan Tried, TimeSpan Done)? Since(string worker, string queue, long now) =>
        renewals.TryGetValue((worker, queue), out var last) ? (time.GetElapsedTime(last.Tried, now), time.GetElapsedTime(last.Done, now)) : null;

    /// <summary>Whether a queue fails by itself. It is noted by key, once.</summary>
    /// <exception cref="RedisServerException">The server refused for another reason.</exception>
    private bool IsPassedOver(string worker, string queue, string work, RespValue reply)
    {
        if (!KeyTypes.IsWrongType(reply))
        {
            Faults.Clear(queue, work);
            return RedisReplies.ValueOrThrow(reply).IsError;
        }

        var k = keys.Of(queue);
        PassOver(queue, work, KeyTypes.Describe(k, worker, client.Execute(KeyTypes.Ask(k, worker)), reply.ErrorMessage));
        return true;
    }

    private void PassOver(string queue, string work, string reason)
    {
        if (Faults.Note(queue, work, reason))
        {
            LogPassedOver(logger, work, reason);
        }
    }

    private void NoteRecovered(string deadWorker, string queue)
    {
        unrecovered.Remove((deadWorker, queue));
        Faults.Clear(queue, RecoveryOf(deadWorker));
    }

    private static string RecoveryOf(string deadWorker) => "recovery of " + deadWorker;

    /// <summary>Puts back what other workers parked because they did not know how to run it, and this one does. It asks for its own kinds: there may be any number of others.</summary>
    private void UnparkKnown(string worker, List<string> queues)
    {
        var counts = client.Execute([.. queues.Select(queue => RedisCommand.Create("HMGET", [keys.Of(queue).ParkedByKind, .. kinds.Select(kind => (RedisArgument)kind)]))]);
        for (var i = 0; i < queues.Count; i++)
        {
            var isPassedOver = IsPassedOver(worker, queues[i], "kinds", counts[i]);
            for (var k = 0; k < kinds.Length && !isPassedOver; k++)
            {
                if (!counts[i].Items[k].IsNull)
                {
                    Unpark(queues[i], kinds[k]);
                }
            }
        }
    }

    private void Unpark(string queue, string kind)
    {
        RespValue reply;
        do
        {
            reply = client.Evaluate([calls.Unpark(queue, kind, MostUnparkedPerCall)])[0];
        }
        while (!reply.IsError && reply.AsInteger() == MostUnparkedPerCall);
    }

    [LoggerMessage(LogLevel.Error, "Queue passed over ({Work}): {Reason}")]
    private static partial void LogPassedOver(ILogger logger, string work, string reason);

    [LoggerMessage(LogLevel.Warning, "{Worker} could not give up its lease on queue '{Queue}', which has to run out: {Reason}")]
    private static partial void LogNotLeft(ILogger logger, string worker, string queue, string? reason);
}

/// <summary>The broker's answer to a renewal.</summary>
/// <param name="Held">Whether the leases are still this worker's.</param>
/// <param name="AdoptedResults">Results of dead workers that this one now has to write.</param>
/// <param name="Expired">Workers whose lease has run out, by queue.</param>
/// <param name="Cancelled">Tasks that it holds and that were cancelled.</param>
internal sealed record LeaseReply(bool Held, int AdoptedResults, IReadOnlyList<(string Worker, string Queue)> Expired, IReadOnlyList<(string Queue, string Id)> Cancelled);
