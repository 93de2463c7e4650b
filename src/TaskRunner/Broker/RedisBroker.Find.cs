using System.Globalization;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Broker;

/// <summary>Where a task is, and why it is there.</summary>
internal sealed partial class RedisBroker
{
    /// <summary>Looks for a task that has no final result yet and says why it is where it is; null when no queue knows it.</summary>
    /// <param name="id">The task.</param>
    /// <param name="lease">How long a fresh lease of a worker lasts.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<TaskPlace?> LocateAsync(Guid id, TimeSpan lease, CancellationToken cancellationToken)
    {
        if ((await SearchAsync(id, null, cancellationToken)).Found is not { Result: { } result } found)
        {
            return null;
        }

        var why = result.State switch
        {
            TaskState.Delayed => found.DueAt is { } due ? $"due at {due.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}" : null,
            TaskState.Parked when found.Bucket is { } bucket => $"it waits for {ParkedFor.Describe(bucket)}{await MissingAsync(result.Queue, bucket, lease, cancellationToken)}",
            TaskState.Waiting => await WhyWaitingAsync(result, found.Position, lease, cancellationToken),
            _ => null,
        };
        return new TaskPlace(result, why);
    }

    /// <summary>Looks through the queues, or through one of them, for a task.</summary>
    /// <returns>The task, if it was found; and whether every list was read to its end.</returns>
    private async Task<(Place? Found, bool SearchedAll)> SearchAsync(Guid id, string? queue, CancellationToken cancellationToken)
    {
        var key = id.ToString("N");
        var names = queue is not null ? [queue] : await QueuesWithAsync(
            await QueuesAsync(cancellationToken), static k => [.. k.Ready, k.DelayedMessages, k.DeadMessages, k.ParkedMessages, k.Leases], cancellationToken);
        foreach (var part in names.Chunk(QueuesInOneBatch))
        {
            if (await SearchIndexedAsync(part, key, cancellationToken) is { } indexed)
            {
                return (indexed, true);
            }
        }

        var searchedAll = true;
        foreach (var name in names)
        {
            var (place, all) = await SearchReadyAsync(name, key, cancellationToken);
            searchedAll &= all;
            if (place is not null)
            {
                return (place, searchedAll);
            }
        }

        return (null, searchedAll);
    }

    /// <summary>Looks where tasks have an index: delayed, dead, parked, held by a worker.</summary>
    private async Task<Place?> SearchIndexedAsync(string[] queues, string key, CancellationToken cancellationToken)
    {
        const int each = 6;
        var replies = await ExecuteAsync(
            [
                .. queues.Select(keys.Of).SelectMany(k => new[]
                {
                    RedisCommand.Create("HGET", k.DelayedMessages, key),
                    RedisCommand.Create("HGET", k.DeadMessages, key),
                    RedisCommand.Create("HGET", k.DeadReasons, key),
                    RedisCommand.Create("HGET", k.ParkedMessages, key),
                    RedisCommand.Create("ZRANGE", k.Leases, 0, -1),
                    RedisCommand.Create("ZSCORE", k.Delayed, key),
                }),
            ],
            cancellationToken);
        var holders = new List<(string Queue, string Worker)>();
        for (var i = 0; i < queues.Length; i++)
        {
            var (queue, of) = (queues[i], replies.AsMemory(i * each, each).ToArray());
            if (!of[0].IsNull)
            {
                return PlaceOf(queue, of[0].AsBytes(), TaskState.Delayed) with { DueAt = of[5].IsNull ? null : BrokerTime.Of(of[5].AsDouble()) };
            }

            if (!of[1].IsNull)
            {
                var dead = PlaceOf(queue, of[1].AsBytes(), TaskState.Dead);
                var why = ReadJson(of[2], BrokerJson.Default.DeadReason);
                return dead with { Result = dead.Result is { } result ? result with { Error = why?.Error, Stack = why?.Stack } : null };
            }

            if (!of[3].IsNull)
            {
                return PlaceOf(queue, ParkedMessage.Read(of[3].AsBytes()), TaskState.Parked) with { Bucket = ParkedMessage.Bucket(of[3].AsBytes()) };
            }

            holders.AddRange(of[4].Items.Select(worker => (queue, worker.AsString())));
        }

        var held = holders.Count == 0 ? [] : await ExecuteAsync([.. holders.Select(h => RedisCommand.Create("HGET", keys.Of(h.Queue).InFlight(h.Worker), key))], cancellationToken);
        var index = Array.FindIndex(held, h => !h.IsNull);
        if (index < 0)
        {
            return null;
        }

        var running = PlaceOf(holders[index].Queue, held[index].AsBytes(), TaskState.Running);
        return running with { Result = running.Result is { } known ? known with { Worker = holders[index].Worker } : null };
    }

    private async Task<(Place? Found, bool All)> SearchReadyAsync(string queue, string key, CancellationToken cancellationToken)
    {
        var position = 0L;
        var all = true;
        foreach (var list in keys.Of(queue).Ready)
        {
            for (var from = 0; ; from += ListStep)
            {
                if (from >= MostReadyTasksSearched)
                {
                    all = false;
                    break;
                }

                var messages = (await ExecuteAsync([RedisCommand.Create("LRANGE", list, from, from + ListStep - 1)], cancellationToken))[0].Items;
                for (var i = 0; i < messages.Count; i++)
                {
                    if (new Held(queue, messages[i].AsBytes()).Id == key)
                    {
                        return (PlaceOf(queue, messages[i].AsBytes(), TaskState.Waiting) with { Position = position + i + 1 }, all);
                    }
                }

                position += messages.Count;
                if (messages.Count < ListStep)
                {
                    break;
                }
            }
        }

        return (null, all);
    }

    private async Task<string> MissingAsync(string queue, string bucket, TimeSpan lease, CancellationToken cancellationToken)
    {
        if (ParkedFor.TypeNobodyKnew(bucket) is not { } type)
        {
            return "";
        }

        var serving = await AliveAsync([queue], await DescriptionsAsync(cancellationToken), lease, cancellationToken);
        return serving.Count == 0 ? $"; no worker serves queue '{queue}' now"
            : serving.Any(w => w.Description?.Tasks.Contains(type, StringComparer.Ordinal) == true) ? "; one is there and takes it with its next heartbeat"
            : $"; those that serve queue '{queue}' do not: {string.Join(", ", serving.Take(5).Select(w => w.Name))}{(serving.Count > 5 ? $" and {serving.Count - 5} more" : "")}";
    }

    private async Task<string> WhyWaitingAsync(TaskResult task, long position, TimeSpan lease, CancellationToken cancellationToken)
    {
        if (await PauseOfAsync(task.Queue, cancellationToken) is { } pause)
        {
            return $"queue '{task.Queue}' is paused{pause}";
        }

        var serving = await AliveAsync([task.Queue], await DescriptionsAsync(cancellationToken), lease, cancellationToken);
        var place = string.Create(CultureInfo.InvariantCulture, $"{position - 1} task(s) of queue '{task.Queue}' are before it");
        return serving.Count == 0 ? $"no worker serves queue '{task.Queue}'; {place}" : place;
    }

    private static Place PlaceOf(string queue, byte[] message, TaskState state) =>
        new(queue, state, TryRead(new Held(queue, message)) is { } task ? MessageResult.Of(task, state) : null);

    /// <summary>Where a task was found.</summary>
    /// <param name="Queue">The queue.</param>
    /// <param name="State">How it is kept there.</param>
    /// <param name="Result">What is known of it; null when its message cannot be read.</param>
    private sealed record Place(string Queue, TaskState State, TaskResult? Result)
    {
        public DateTimeOffset? DueAt { get; init; }

        public string? Bucket { get; init; }

        public long Position { get; init; }
    }
}
