using TaskRunner.Broker;
using TaskRunner.Redis;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>
/// A healthy worker that comes after a fault, when all others are gone: it recovers what they held, fetches and finishes all there is, and lets all times pass.
/// It does what the program's worker does, with the program's own calls.
/// </summary>
internal sealed class Healer(Scene scene)
{
    private const string Name = "healer";
    private const int MostRounds = 60;
    private const int QuietRounds = 3;

    private static readonly byte[] Unreadable = "{\"reason\":\"unreadable\",\"error\":\"no\"}"u8.ToArray();

    private readonly Dictionary<string, int> handedOut = new(StringComparer.Ordinal);
    private readonly SortedSet<string> errors = new(StringComparer.Ordinal);

    /// <summary>How often each id was handed out.</summary>
    public IReadOnlyDictionary<string, int> HandedOut => handedOut;

    /// <summary>What healthy scripts raised.</summary>
    public IReadOnlyCollection<string> Errors => errors;

    private QueueKeys Keys => scene.Keys;

    /// <summary>Works until nothing is left that anything leads to.</summary>
    public async Task WorkOffAsync()
    {
        scene.Lease.Take(new WorkerDescription(Name, "host", ["default"], 4, DateTimeOffset.UnixEpoch, "1.0"));
        List<Settlement> settled = [];
        for (var (round, quiet) = (0, 0); round < MostRounds && quiet < QuietRounds; round++)
        {
            await SearchHoldersAsync();
            await EndOtherLeasesAsync();
            await PassTimeAsync();
            var moved = Heartbeat() + await PromoteAsync() + await UnparkAsync();
            var messages = await StepAsync(settled);
            quiet = moved + messages.Count + settled.Count == 0 ? quiet + 1 : 0;
            settled = [.. messages.Select(Settle)];
        }
    }

    private Settlement Settle(Held held)
    {
        handedOut[held.Id] = handedOut.GetValueOrDefault(held.Id) + 1;
        try
        {
            var message = Envelope.Read(held.Bytes, "default");
            return new Acknowledge(held, scene.ResultOf(message.Id.ToString("N")));
        }
        catch (EnvelopeException)
        {
            return new Bury(held.Id, "default", held.Bytes, Unreadable, []);
        }
    }

    /// <summary>What a heartbeat does now and then: a worker that holds something and has no lease gets one.</summary>
    private async Task SearchHoldersAsync() =>
        await scene.Harness.Client.EvaluateAsync([scene.Calls.Lease(Name, "default", TimeSpan.FromHours(1), take: false, searchHolders: true)], default);

    private async Task EndOtherLeasesAsync()
    {
        var workers = (await scene.Harness.Client.ExecuteAsync(RedisCommand.Create("ZRANGE", Keys.Leases, 0, -1), default)).Items;
        await scene.Harness.Client.ExecuteAsync([.. workers.Where(worker => worker.AsString() != Name).Select(worker => RedisCommand.Create("ZADD", Keys.Leases, "XX", 1, worker.AsBytes()))], default);
    }

    /// <summary>Delays and rate limits are over.</summary>
    private async Task PassTimeAsync()
    {
        var sets = new[] { (Key: Keys.Delayed, Score: 1), (Key: Keys.Buckets, Score: 1), (Key: Keys.ParkedByRate, Score: 0) };
        var members = await scene.Harness.Client.ExecuteAsync([.. sets.Select(set => RedisCommand.Create("ZRANGE", set.Key, 0, -1))], default);
        var commands = sets.Zip(members).SelectMany(set => set.Second.Items.Select(member => RedisCommand.Create("ZADD", set.First.Key, "XX", set.First.Score, member.AsBytes())));
        await scene.Harness.Client.ExecuteAsync([.. commands], default);
    }

    private int Heartbeat() => Try("heartbeat", () =>
    {
        var moved = 0;
        var reply = scene.Lease.Renew(Name);
        foreach (var (worker, queue) in reply.Expired)
        {
            var recovered = scene.Lease.Recover(worker, queue);
            moved += recovered is null ? 0 : 1;
        }

        return moved + reply.AdoptedResults;
    });

    private Task<int> PromoteAsync() => TryAsync("promote", async () =>
    {
        var reply = await scene.Harness.Broker.PromoteAsync("default", 500, default);
        return reply.Moved + reply.Expired;
    });

    private Task<int> UnparkAsync() => TryAsync("unpark", async () =>
    {
        var kinds = (await scene.Harness.Client.ExecuteAsync(RedisCommand.Create("HKEYS", Keys.ParkedByKind), default)).Items;
        var moved = 0L;
        foreach (var kind in kinds)
        {
            moved += (await scene.Harness.Client.EvaluateAsync(scene.Calls.Unpark("default", kind.AsString(), 500), default)).AsInteger();
        }

        return (int)moved;
    });

    private async Task<IReadOnlyList<Held>> StepAsync(List<Settlement> settled)
    {
        IReadOnlyList<Held> messages = [];
        await TryAsync("step", async () =>
        {
            var reply = await scene.Harness.StepAsync(Name, 100, [.. settled]);
            messages = reply.Messages;
            if (reply.Failure is { } failure)
            {
                errors.Add($"a healthy step answered {failure}");
            }

            return 0;
        });
        return messages;
    }

    private int Try(string what, Func<int> act)
    {
        try
        {
            return act();
        }
        catch (RedisServerException e)
        {
            errors.Add($"a healthy {what} raised {e.Message}");
            return 0;
        }
    }

    private async Task<int> TryAsync(string what, Func<Task<int>> actAsync)
    {
        try
        {
            return await actAsync();
        }
        catch (Exception e) when (e is RedisServerException or BrokerUnavailableException)
        {
            errors.Add($"a healthy {what} raised {e.Message}");
            return 0;
        }
    }
}
