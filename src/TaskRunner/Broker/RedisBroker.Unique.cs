using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>Unique keys and remembered ids: who holds what, and whether the broker has seen a task.</summary>
internal sealed partial class RedisBroker
{
    /// <summary>The unique keys of a queue that are held, sorted.</summary>
    public async Task<IReadOnlyList<HeldKey>> UniqueKeysAsync(string queue, CancellationToken cancellationToken)
    {
        var k = keys.Of(queue);
        var replies = await ExecuteAsync(
            [RedisCommand.Create("HGETALL", k.Unique), RedisCommand.Create("ZRANGE", k.UniqueEnds, 0, -1, "WITHSCORES"), RedisCommand.Create("TIME")], cancellationToken);
        var ends = ReadLeases(replies[1], replies[2]).ToDictionary(e => e.Worker, e => e.Remaining, StringComparer.Ordinal);
        return
        [
            .. replies[0].Items.Chunk(2)
                .Select(pair => (Key: pair[0].AsString(), Id: pair[1].AsString()))
                .Where(held => ends.TryGetValue(held.Key, out var left) && left > TimeSpan.Zero && Guid.TryParseExact(held.Id, "N", out _))
                .OrderBy(held => held.Key, StringComparer.Ordinal)
                .Select(held => new HeldKey(queue, held.Key, Guid.ParseExact(held.Id, "N"), ends[held.Key])),
        ];
    }

    /// <summary>Which task holds a unique key; null when none does. One round trip.</summary>
    public async Task<Guid?> UniqueHolderAsync(string queue, string key, CancellationToken cancellationToken)
    {
        var k = keys.Of(queue);
        var replies = await ExecuteAsync([RedisCommand.Create("HGET", k.Unique, key), RedisCommand.Create("ZSCORE", k.UniqueEnds, key), RedisCommand.Create("TIME")], cancellationToken);
        var now = (replies[2].Items[0].AsInteger() * 1000) + (replies[2].Items[1].AsInteger() / 1000);
        return !replies[0].IsNull && !replies[1].IsNull && replies[1].AsDouble() > now && Guid.TryParseExact(replies[0].AsString(), "N", out var id) ? id : null;
    }

    /// <summary>Releases a unique key: the next task with it is accepted, whatever became of the one that held it.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="key">The unique key.</param>
    /// <param name="holder">Release it only while this task holds it; null for any.</param>
    /// <param name="cancellationToken">Ends the waiting, not the command.</param>
    /// <returns>The task that held it; null when none did.</returns>
    public async Task<Guid?> ReleaseUniqueAsync(string queue, string key, Guid? holder, CancellationToken cancellationToken)
    {
        var reply = (await EvaluateAsync([calls.FreeKey(queue, key, holder?.ToString("N") ?? "")], cancellationToken))[0];
        return Guid.TryParseExact(reply.AsString(), "N", out var id) ? id : null;
    }

    /// <summary>
    /// Whether the broker accepted tasks and still remembers their ids (<see cref="EnqueueRequest.RememberId"/>): false says that a task was never enqueued,
    /// that its time is over, or that the broker lost its data. One round trip.
    /// </summary>
    public async Task<IReadOnlyList<bool>> RemembersAsync(string queue, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        var remembered = keys.Of(queue).Remembered;
        var replies = await ExecuteAsync([RedisCommand.Create("TIME"), .. ids.Select(id => RedisCommand.Create("ZSCORE", remembered, id.ToString("N")))], cancellationToken);
        var now = (replies[0].Items[0].AsInteger() * 1000) + (replies[0].Items[1].AsInteger() / 1000);
        return [.. replies.Skip(1).Select(reply => !reply.IsNull && reply.AsDouble() > now)];
    }
}

/// <summary>A unique key that a task holds.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Key">The unique key.</param>
/// <param name="Task">Id of the task that holds it.</param>
/// <param name="Remaining">Time until it is free whatever became of the task.</param>
internal sealed record HeldKey(string Queue, string Key, Guid Task, TimeSpan Remaining);
