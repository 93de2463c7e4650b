using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>The list of groups that are not over, so that those of which nothing is heard are looked at.</summary>
internal sealed partial class RedisBroker
{
    /// <summary>Has a group looked at after some time.</summary>
    /// <param name="id">The group.</param>
    /// <param name="after">From now, by the clock of the broker.</param>
    /// <param name="isNew">Whether to note it; else only one that is noted is looked at later.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task WatchGroupAsync(Guid id, TimeSpan after, bool isNew, CancellationToken cancellationToken)
    {
        var due = await NowAsync(cancellationToken) + (long)after.TotalMilliseconds;
        await OnOpenGroupsAsync(RedisCommand.Create("ZADD", keys.OpenGroups, isNew ? "NX" : "XX", due, id.ToString("N")), cancellationToken);
    }

    /// <summary>A group is over: nobody needs to look after it.</summary>
    public Task CloseGroupAsync(Guid id, CancellationToken cancellationToken) => OnOpenGroupsAsync(RedisCommand.Create("ZREM", keys.OpenGroups, id.ToString("N")), cancellationToken);

    /// <summary>Groups whose time to be looked at has come, the latest first.</summary>
    public async Task<IReadOnlyList<Guid>> DueGroupsAsync(int most, CancellationToken cancellationToken)
    {
        var now = await NowAsync(cancellationToken);
        var due = await OnOpenGroupsAsync(RedisCommand.Create("ZRANGEBYSCORE", keys.OpenGroups, "-inf", now, "LIMIT", 0, most), cancellationToken);
        var names = due?.Items.Select(item => item.AsString()).ToList() ?? [];
        var groups = new List<Guid>(names.Count);
        foreach (var name in names)
        {
            if (Guid.TryParseExact(name, "N", out var id))
            {
                groups.Add(id);
            }
            else
            {
                await OnOpenGroupsAsync(RedisCommand.Create("ZREM", keys.OpenGroups, name), cancellationToken);
            }
        }

        return groups;
    }

    /// <summary>How long nothing was heard of a group.</summary>
    public async Task<TimeSpan> GroupSilenceAsync(Guid id, CancellationToken cancellationToken)
    {
        var left = (await ExecuteAsync([RedisCommand.Create("PTTL", keys.Group(id))], cancellationToken))[0].AsInteger();

        // Somebody took its time to live away: it counts from now.
        return left < 0 ? GroupTimeToLive : GroupTimeToLive - TimeSpan.FromMilliseconds(left);
    }

    /// <summary>Which of some tasks are on their way: ready, delayed, parked, held by a worker, or ended with a result that was not dealt with yet.</summary>
    /// <param name="ids">Ids, as 32 digits.</param>
    /// <param name="likely">Queues that are searched also when the list of queues does not have them: a producer tells their names once.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Those that were found; why each of those is dead that are in a dead set; and whether every list was read to its end.</returns>
    public async Task<(HashSet<string> OnTheirWay, Dictionary<string, string> Dead, bool SearchedAll)> SeekAsync(
        IReadOnlySet<string> ids, IReadOnlyCollection<string> likely, CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var dead = new Dictionary<string, string>(StringComparer.Ordinal);
        var searchedAll = true;
        var queues = await QueuesWithAsync(
            [.. (await QueuesAsync(cancellationToken)).Union(likely, StringComparer.Ordinal)], static k => [.. k.Ready, k.DelayedMessages, k.DeadMessages, k.ParkedMessages, k.Leases, k.Holders, k.OrphanedResults], cancellationToken);
        foreach (var queue in queues)
        {
            // In the direction in which tasks move.
            var k = keys.Of(queue);
            await SeekInHashesAsync([k.DelayedMessages, k.ParkedMessages], ids, (id, _) => found.Add(id), cancellationToken);
            foreach (var list in k.Ready)
            {
                searchedAll = searchedAll && await SeekInListAsync(list, message => new Held(queue, message).Id, ids, found, cancellationToken);
            }

            var holders = await HoldersAsync(k, cancellationToken);
            await SeekInHashesAsync([.. holders.Select(k.InFlight)], ids, (id, _) => found.Add(id), cancellationToken);
            foreach (var list in holders.Select(k.Results).Append(k.OrphanedResults))
            {
                searchedAll = searchedAll && await SeekInListAsync(list, record => IdOfRecord(record, queue), ids, found, cancellationToken);
            }

            await SeekInHashesAsync([k.DeadReasons], ids, (id, why) => dead[id] = ReadJson(why, BrokerJson.Default.DeadReason)?.Error ?? "It is dead.", cancellationToken);
        }

        return (found, dead, searchedAll);
    }

    private static string? IdOfRecord(byte[] record, string queue)
    {
        try
        {
            return ResultRecord.Read(record, queue).Id.ToString("N");
        }
        catch (EnvelopeException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<string>> HoldersAsync(QueueKeys k, CancellationToken cancellationToken)
    {
        var replies = await ExecuteAsync([RedisCommand.Create("ZRANGE", k.Leases, 0, -1), RedisCommand.Create("HKEYS", k.Holders)], cancellationToken);
        return [.. replies.SelectMany(reply => reply.Items).Select(item => item.AsString()).Distinct(StringComparer.Ordinal)];
    }

    private async Task SeekInHashesAsync(IReadOnlyList<string> hashes, IReadOnlySet<string> ids, Action<string, Resp.RespValue> found, CancellationToken cancellationToken)
    {
        foreach (var part in ids.Chunk(500))
        {
            var replies = hashes.Count == 0 ? [] : await ExecuteAsync([.. hashes.Select(hash => RedisCommand.Create("HMGET", [hash, .. part.Select(id => (RedisArgument)id)]))], cancellationToken);
            foreach (var reply in replies)
            {
                foreach (var (id, value) in part.Zip(reply.Items).Where(entry => !entry.Second.IsNull))
                {
                    found(id, value);
                }
            }
        }
    }

    private async Task<bool> SeekInListAsync(string list, Func<byte[], string?> idOf, IReadOnlySet<string> ids, HashSet<string> found, CancellationToken cancellationToken)
    {
        for (var from = 0; from < MostReadyTasksSearched; from += ListStep)
        {
            var items = (await ExecuteAsync([RedisCommand.Create("LRANGE", list, from, from + ListStep - 1)], cancellationToken))[0].Items;
            found.UnionWith(items.Select(item => idOf(item.AsBytes())).OfType<string>().Where(ids.Contains));
            if (items.Count < ListStep)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<long> NowAsync(CancellationToken cancellationToken)
    {
        var time = (await ExecuteAsync([RedisCommand.Create("TIME")], cancellationToken))[0].Items;
        return (time[0].AsInteger() * 1000) + (time[1].AsInteger() / 1000);
    }

    // Flows go on without the list: one that somebody made something else of is taken away, and filled by the next groups.
    private async Task<Resp.RespValue?> OnOpenGroupsAsync(RedisCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return (await ExecuteAsync([command], cancellationToken))[0];
        }
        catch (BrokerUnavailableException e) when (e.InnerException is RedisServerException { Code: "WRONGTYPE" })
        {
            await ExecuteAsync([RedisCommand.Create("DEL", keys.OpenGroups)], cancellationToken);
            return null;
        }
    }
}
