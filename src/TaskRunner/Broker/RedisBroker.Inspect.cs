using System.Text.Json;
using TaskRunner.Redis;
using TaskRunner.Resp;
using TaskRunner.Results;

namespace TaskRunner.Broker;

/// <summary>What `inspect` and `result` show: read from the broker's state, so that a hung worker is seen too.</summary>
internal sealed partial class RedisBroker
{
    // A ready task has no index: finding one means reading lists. Further back than this it is reported as unknown.
    private const int MostReadyTasksSearched = 10_000;

    private static readonly TimeSpan Jitter = TimeSpan.FromSeconds(1);

    /// <summary>Names of all queues that were ever used, sorted.</summary>
    public async Task<IReadOnlyList<string>> QueuesAsync(CancellationToken cancellationToken)
    {
        var replies = await ExecuteAsync([RedisCommand.Create("SMEMBERS", keys.Queues)], cancellationToken);
        return [.. replies[0].Items.Select(v => v.AsString()).Order(StringComparer.Ordinal)];
    }

    public async Task<QueueStatus> StatusAsync(string queue, CancellationToken cancellationToken)
    {
        var k = keys.Of(queue);
        var replies = await ExecuteAsync(
            [
                .. k.Ready.Select(list => RedisCommand.Create("LLEN", list)),
                RedisCommand.Create("ZCARD", k.Delayed),
                RedisCommand.Create("ZCARD", k.Dead),
                RedisCommand.Create("HMGET", k.Meta, "paused", "expired", "cancelled"),
                RedisCommand.Create("ZRANGE", k.Leases, 0, -1, "WITHSCORES"),
                RedisCommand.Create("TIME"),
                RedisCommand.Create("ZCARD", k.Parked),
            ],
            cancellationToken);
        var meta = replies[k.Ready.Count + 2].Items;
        var ready = k.Ready.Count;
        var leases = ReadLeases(replies[ready + 3], replies[ready + 4]);
        var running = leases.Count == 0 ? [] : await ExecuteAsync([.. leases.Select(l => RedisCommand.Create("HLEN", k.InFlight(l.Worker)))], cancellationToken);
        return new QueueStatus(
            queue,
            replies.Take(ready).Sum(r => r.AsInteger()),
            replies[ready].AsInteger(),
            running.Sum(r => r.AsInteger()),
            replies[ready + 1].AsInteger(),
            leases.Count(l => l.Remaining > TimeSpan.Zero),
            !meta[0].IsNull,
            replies[ready + 5].AsInteger(),
            meta[1].IsNull ? 0 : meta[1].AsInteger(),
            meta[2].IsNull ? 0 : meta[2].AsInteger());
    }

    /// <summary>Every task that is held, also by workers whose lease has run out and is not yet recovered.</summary>
    public async Task<IReadOnlyList<ActiveTask>> ActiveAsync(CancellationToken cancellationToken)
    {
        var found = new List<ActiveTask>();
        foreach (var queue in await QueuesAsync(cancellationToken))
        {
            var k = keys.Of(queue);
            var workers = await ExecuteAsync([RedisCommand.Create("ZRANGE", k.Leases, 0, -1)], cancellationToken);
            foreach (var worker in workers[0].Items.Select(v => v.AsString()))
            {
                foreach (var held in await HeldAsync(worker, queue, cancellationToken))
                {
                    if (TryRead(held) is { } task)
                    {
                        found.Add(new ActiveTask(task.Id, task.Task, queue, worker, task.Attempt + 1, task.Redeliveries));
                    }
                }
            }
        }

        return found;
    }

    /// <summary>Workers with a live lease on any queue.</summary>
    /// <param name="lease">How long a fresh lease lasts, to tell the age of the heartbeat from what is left.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<IReadOnlyList<LiveWorker>> WorkersAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        var alive = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        foreach (var queue in await QueuesAsync(cancellationToken))
        {
            var replies = await ExecuteAsync([RedisCommand.Create("ZRANGE", keys.Of(queue).Leases, 0, -1, "WITHSCORES"), RedisCommand.Create("TIME")], cancellationToken);
            foreach (var (worker, remaining) in ReadLeases(replies[0], replies[1]).Where(l => l.Remaining > TimeSpan.Zero))
            {
                // A clock that was set back makes a lease longer than it can be: no heartbeat tells that, until somebody cuts it.
                var age = remaining > lease + Jitter ? lease : lease - remaining;
                alive[worker] = alive.TryGetValue(worker, out var other) && other < age ? other : age;
            }
        }

        var described = (await ExecuteAsync([RedisCommand.Create("HGETALL", keys.Workers)], cancellationToken))[0].Items;
        var descriptions = described.Chunk(2).ToDictionary(
            pair => pair[0].AsString(), pair => JsonSerializer.Deserialize(pair[1].AsBytes(), BrokerJson.Default.WorkerDescription), StringComparer.Ordinal);
        return [.. alive.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => new LiveWorker(a.Key, descriptions.GetValueOrDefault(a.Key), a.Value < TimeSpan.Zero ? TimeSpan.Zero : a.Value))];
    }

    /// <summary>Looks for a task that has no final result yet; null when no queue knows it.</summary>
    public async Task<TaskResult?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        var key = id.ToString("N");
        foreach (var queue in await QueuesAsync(cancellationToken))
        {
            var k = keys.Of(queue);
            var replies = await ExecuteAsync(
                [RedisCommand.Create("HGET", k.DelayedMessages, key), RedisCommand.Create("HGET", k.DeadMessages, key), RedisCommand.Create("HGET", k.DeadReasons, key), RedisCommand.Create("ZRANGE", k.Leases, 0, -1), RedisCommand.Create("HGET", k.ParkedMessages, key)],
                cancellationToken);
            if (!replies[0].IsNull)
            {
                return Describe(new Held(queue, replies[0].AsBytes()), TaskState.Delayed);
            }

            if (!replies[1].IsNull)
            {
                var reason = replies[2].IsNull ? null : JsonSerializer.Deserialize(replies[2].AsBytes(), BrokerJson.Default.DeadReason);
                return Describe(new Held(queue, replies[1].AsBytes()), TaskState.Dead) is { } dead ? dead with { Error = reason?.Error, Stack = reason?.Stack } : null;
            }

            if (!replies[4].IsNull)
            {
                return Describe(new Held(queue, ParkedMessage.Read(replies[4].AsBytes())), TaskState.Parked);
            }

            foreach (var worker in replies[3].Items.Select(v => v.AsString()))
            {
                var held = await ExecuteAsync([RedisCommand.Create("HGET", k.InFlight(worker), key)], cancellationToken);
                if (!held[0].IsNull)
                {
                    return Describe(new Held(queue, held[0].AsBytes()), TaskState.Running) is { } running ? running with { Worker = worker } : null;
                }
            }

            if (await FindReadyAsync(k, key, cancellationToken) is { } ready)
            {
                return ready;
            }
        }

        return null;
    }

    private async Task<TaskResult?> FindReadyAsync(QueueKeys k, string id, CancellationToken cancellationToken)
    {
        var lists = await ExecuteAsync([.. k.Ready.Select(list => RedisCommand.Create("LRANGE", list, 0, MostReadyTasksSearched - 1))], cancellationToken);
        var match = lists.SelectMany(l => l.Items).Select(v => new Held(k.Queue, v.AsBytes())).FirstOrDefault(h => h.Id == id);
        return match.Bytes is null ? null : Describe(match, TaskState.Waiting);
    }

    private static TaskResult? Describe(Held held, TaskState state) => TryRead(held) is { } task
        ? new TaskResult
        {
            Id = task.Id,
            Task = task.Task,
            Queue = held.Queue,
            State = state,
            Attempts = task.Attempt,
            Redeliveries = task.Redeliveries,
            EnqueuedAt = task.EnqueuedAt,
        }
        : null;

    private static TaskMessage? TryRead(Held held)
    {
        try
        {
            return Envelope.Read(held.Bytes, held.Queue);
        }
        catch (EnvelopeException)
        {
            // Unreadable messages are for their worker to bury; here they have nothing to show.
            return null;
        }
    }

    private static List<(string Worker, TimeSpan Remaining)> ReadLeases(RespValue withScores, RespValue time)
    {
        var now = (time.Items[0].AsInteger() * 1000) + (time.Items[1].AsInteger() / 1000);
        return [.. ReadScores(withScores).Select(lease => (lease.Member, TimeSpan.FromMilliseconds(lease.Score - now)))];
    }
}
