using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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

    // Long lists are read in steps: one reply is to hold neither the server nor much memory.
    private const int ListStep = 500;
    private const int QueuesInOneBatch = 500;

    /// <summary>Names of all queues that were ever used, sorted.</summary>
    public async Task<IReadOnlyList<string>> QueuesAsync(CancellationToken cancellationToken)
    {
        var replies = await ExecuteAsync([RedisCommand.Create("SMEMBERS", keys.Queues)], cancellationToken);
        return [.. replies[0].Items.Select(v => v.AsString()).Order(StringComparer.Ordinal)];
    }

    /// <summary>How full queues are. Of those that hold nothing and that nobody serves only that is asked, so that a set with many old names costs little.</summary>
    public async Task<IReadOnlyList<QueueStatus>> StatusesAsync(IReadOnlyList<string> queues, CancellationToken cancellationToken)
    {
        var busy = new HashSet<string>(
            await QueuesWithAsync(queues, static k => [.. k.Ready, k.Delayed, k.Dead, k.Parked, k.Leases, k.Meta], cancellationToken), StringComparer.Ordinal);
        var found = new List<QueueStatus>(queues.Count);
        foreach (var part in queues.Chunk(QueuesInOneBatch))
        {
            found.AddRange(await Task.WhenAll(part.Select(q => busy.Contains(q) ? StatusAsync(q, cancellationToken) : Task.FromResult(new QueueStatus(q, 0, 0, 0, 0, 0, false, 0, 0, 0)))));
        }

        return found;
    }

    /// <summary>Names of the queues that hold ready, delayed or parked tasks, sorted.</summary>
    public async Task<IReadOnlyList<string>> BusyQueuesAsync(CancellationToken cancellationToken) =>
        await QueuesWithAsync(await QueuesAsync(cancellationToken), static k => [.. k.Ready, k.Delayed, k.Parked], cancellationToken);

    /// <summary>Names of the queues in which unique keys are held, sorted.</summary>
    public async Task<IReadOnlyList<string>> QueuesWithUniqueKeysAsync(CancellationToken cancellationToken) =>
        await QueuesWithAsync(await QueuesAsync(cancellationToken), static k => [k.Unique], cancellationToken);

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
            ReadCount(meta[1]),
            ReadCount(meta[2]))
        {
            Pause = meta[0].IsNull ? null : QueuePause.Read(meta[0].AsBytes()),
        };
    }

    /// <summary>Every task that is held, also by workers whose lease has run out and is not yet recovered.</summary>
    public async Task<IReadOnlyList<ActiveTask>> ActiveAsync(CancellationToken cancellationToken)
    {
        var found = new List<ActiveTask>();
        foreach (var (queue, worker) in await LeasesAsync(cancellationToken))
        {
            foreach (var held in await HeldAsync(worker, queue, cancellationToken))
            {
                if (TryRead(held) is { } task)
                {
                    found.Add(new ActiveTask(task.Id, task.Task, queue, worker, MessageResult.Attempts(task, TaskState.Running), task.Redeliveries));
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
        var names = await QueuesWithAsync(await QueuesAsync(cancellationToken), static k => [k.Leases], cancellationToken);
        var descriptions = await DescriptionsAsync(cancellationToken);
        return await AliveAsync(names, descriptions, lease, cancellationToken);
    }

    /// <summary>Live workers that told what they are, by two round trips however many queues there were: those are looked at that a worker says it serves.</summary>
    /// <inheritdoc cref="WorkersAsync"/>
    public async Task<IReadOnlyList<LiveWorker>> DescribedWorkersAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        var descriptions = await DescriptionsAsync(cancellationToken);
        return descriptions.Count == 0 ? []
            : await AliveAsync([.. descriptions.Values.SelectMany(d => d.Queues ?? []).Distinct(StringComparer.Ordinal)], descriptions, lease, cancellationToken);
    }

    /// <summary>Whether a queue was ever used.</summary>
    public async Task<bool> KnowsQueueAsync(string queue, CancellationToken cancellationToken) =>
        (await ExecuteAsync([RedisCommand.Create("SISMEMBER", keys.Queues, queue)], cancellationToken))[0].AsInteger() == 1;

    /// <summary>Puts a queue into the lists before its first task.</summary>
    public Task RememberQueueAsync(string queue, CancellationToken cancellationToken) => ExecuteAsync([RedisCommand.Create("SADD", keys.Queues, queue)], cancellationToken);

    /// <summary>Ready tasks of a queue in the order in which they are fetched.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="most">How many at most, at least 1.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<IReadOnlyList<QueuedTask>> WaitingAsync(string queue, int most, CancellationToken cancellationToken)
    {
        var found = new List<QueuedTask>();
        foreach (var list in keys.Of(queue).Ready)
        {
            for (var from = 0; found.Count < most; from += ListStep)
            {
                var step = Math.Min(ListStep, most - found.Count);
                var messages = (await ExecuteAsync([RedisCommand.Create("LRANGE", list, from, from + step - 1)], cancellationToken))[0].Items;
                found.AddRange(messages.Select(m => List(new Held(queue, m.AsBytes()), TaskState.Waiting, null)));
                if (messages.Count < step)
                {
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>Parked tasks of a queue, those that wait for the same one after the other in the order in which they start.</summary>
    /// <inheritdoc cref="WaitingAsync"/>
    public async Task<IReadOnlyList<QueuedTask>> ParkedAsync(string queue, int most, CancellationToken cancellationToken)
    {
        var k = keys.Of(queue);
        var found = new List<QueuedTask>();
        for (var from = 0; from < most; from += ListStep)
        {
            var step = Math.Min(ListStep, most - from);
            var members = (await ExecuteAsync([RedisCommand.Create("ZRANGE", k.Parked, from, from + step - 1)], cancellationToken))[0].Items.Select(m => m.AsBytes()).Where(m => m.Length > Envelope.IdLength).ToList();
            if (members.Count == 0)
            {
                break;
            }

            var kept = await ExecuteAsync([RedisCommand.Create("HMGET", [k.ParkedMessages, .. members.Select(m => (RedisArgument)m[^Envelope.IdLength..])])], cancellationToken);
            foreach (var message in kept[0].Items.Where(m => !m.IsNull).Select(m => m.AsBytes()))
            {
                found.Add(List(new Held(queue, ParkedMessage.Read(message)), TaskState.Parked, ParkedMessage.Bucket(message) is { } bucket ? ParkedFor.Describe(bucket) : "unknown"));
            }
        }

        return found;
    }

    /// <summary>Looks for a task that has no final result yet; null when no queue knows it.</summary>
    public async Task<TaskResult?> FindAsync(Guid id, CancellationToken cancellationToken) => (await SearchAsync(id, null, cancellationToken)).Found?.Result;

    private static QueuedTask List(Held held, TaskState state, string? waitsFor)
    {
        var task = TryRead(held);
        return new QueuedTask(
            task?.Id.ToString() ?? (Guid.TryParseExact(held.Id, "N", out var id) ? id.ToString() : held.Id),
            task?.Task,
            held.Queue,
            task?.Priority ?? 5,
            task is null ? 0 : MessageResult.Attempts(task, state),
            task?.EnqueuedAt,
            waitsFor);
    }

    private async Task<IReadOnlyDictionary<string, WorkerDescription>> DescriptionsAsync(CancellationToken cancellationToken)
    {
        var described = (await ExecuteAsync([RedisCommand.Create("HGETALL", keys.Workers)], cancellationToken))[0].Items;
        return described.Chunk(2).Select(pair => (Name: pair[0].AsString(), Told: ReadJson(pair[1], BrokerJson.Default.WorkerDescription)))
            .Where(d => d.Told is not null).ToDictionary(d => d.Name, d => d.Told!, StringComparer.Ordinal);
    }

    private async Task<IReadOnlyList<LiveWorker>> AliveAsync(
        IReadOnlyList<string> queues, IReadOnlyDictionary<string, WorkerDescription> descriptions, TimeSpan lease, CancellationToken cancellationToken)
    {
        var alive = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        foreach (var part in queues.Chunk(QueuesInOneBatch))
        {
            var replies = await ExecuteAsync([RedisCommand.Create("TIME"), .. part.Select(q => RedisCommand.Create("ZRANGE", keys.Passing(q).Leases, 0, -1, "WITHSCORES"))], cancellationToken);
            foreach (var (worker, remaining) in replies.Skip(1).SelectMany(leases => ReadLeases(leases, replies[0])).Where(l => l.Remaining > TimeSpan.Zero))
            {
                // A clock that was set back makes a lease longer than it can be: no heartbeat tells that, until somebody cuts it.
                var age = remaining > lease + Jitter ? lease : lease - remaining;
                alive[worker] = alive.TryGetValue(worker, out var other) && other < age ? other : age;
            }
        }

        return [.. alive.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => new LiveWorker(a.Key, descriptions.GetValueOrDefault(a.Key), a.Value < TimeSpan.Zero ? TimeSpan.Zero : a.Value))];
    }

    private async Task<IReadOnlyList<(string Queue, string Worker)>> LeasesAsync(CancellationToken cancellationToken)
    {
        var found = new List<(string, string)>();
        foreach (var part in (await QueuesWithAsync(await QueuesAsync(cancellationToken), static k => [k.Leases], cancellationToken)).Chunk(QueuesInOneBatch))
        {
            var leases = await ExecuteAsync([.. part.Select(q => RedisCommand.Create("ZRANGE", keys.Of(q).Leases, 0, -1))], cancellationToken);
            found.AddRange(part.Zip(leases).SelectMany(pair => pair.Second.Items.Select(worker => (pair.First, worker.AsString()))));
        }

        return found;
    }

    /// <summary>Those of the queues that have one of these keys, in their order: one command for each, however many keys there are.</summary>
    private async Task<IReadOnlyList<string>> QueuesWithAsync(IReadOnlyList<string> queues, Func<QueueKeys, IReadOnlyList<string>> of, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var part in queues.Chunk(QueuesInOneBatch))
        {
            var replies = await ExecuteAsync([.. part.Select(q => RedisCommand.Create("EXISTS", [.. of(keys.Passing(q)).Select(key => (RedisArgument)key)]))], cancellationToken);
            found.AddRange(part.Where((_, i) => replies[i].AsInteger() > 0));
        }

        return found;
    }

    private static TaskMessage? TryRead(Held held)
    {
        try
        {
            return Envelope.Read(held.Bytes, held.Queue);
        }
        catch (Exception e) when (e is EnvelopeException or ArgumentOutOfRangeException)
        {
            // Unreadable messages are for their worker to bury; here they have nothing to show.
            return null;
        }
    }

    // What stands in the broker may have been written by hand, or by a newer version.
    private static T? ReadJson<T>(RespValue value, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return value.IsNull ? null : JsonSerializer.Deserialize(value.AsBytes(), type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static long ReadCount(RespValue value) => !value.IsNull && long.TryParse(value.AsString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) ? count : 0;

    private static List<(string Worker, TimeSpan Remaining)> ReadLeases(RespValue withScores, RespValue time)
    {
        var now = (time.Items[0].AsInteger() * 1000) + (time.Items[1].AsInteger() / 1000);
        return [.. ReadScores(withScores).Select(lease => (lease.Member, Remaining(lease.Score - now)))];
    }

    private static TimeSpan Remaining(double milliseconds) => TimeSpan.FromMilliseconds(double.IsNaN(milliseconds) ? 0 : Math.Clamp(milliseconds, -1e14, 1e14));
}
