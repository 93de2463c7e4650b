using TaskRunner.Broker;
using TaskRunner.FaultWorker.Hostile;
using TaskRunner.Redis;
using TaskRunner.Resp;
using TaskRunner.Results;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>How the queue is filled.</summary>
internal sealed partial class Scene
{
    private const int HostileInAScene = 24;

    private static readonly byte[] Reason = "{\"reason\":\"failed\",\"error\":\"no\"}"u8.ToArray();

    private async Task FillAsync(int? hostileSeed, bool isLimited)
    {
        foreach (var worker in new[] { Gone, Living })
        {
            Lease.Take(new WorkerDescription(worker, "host", ["default"], 4, DateTimeOffset.UnixEpoch, "1.0"));
        }

        if (isLimited)
        {
            await Harness.Broker.SetRateLimitAsync("default", TypedTask, new RateLimit(10, TimeSpan.FromDays(10)), default);
        }

        await FillGoneAsync();
        await FillHeldAndParkedAsync();
        await FillDelayedAsync();
        await FillReadyAsync();
        await ExecuteAsync(RedisCommand.Create("RPUSH", Keys.OrphanedResults, ResultOf(new string('e', 32))));
        await EvaluateAsync(Calls.CountAttempts("default", 5));
        await EvaluateAsync(new LuaCall(BrokerScripts.GroupOpen, [Harness.Keys.Group(Group)], ["{}", 2, 60000]));
        if (hostileSeed is { } seed)
        {
            await FillHostileAsync(seed);
        }

        await ExecuteAsync(RedisCommand.Create("ZADD", Keys.Leases, "XX", 1, Gone));
    }

    /// <summary>What a worker held whose lease is over, and a result that it has not written.</summary>
    private async Task FillGoneAsync()
    {
        await PutAsync("lost-plain");
        await PutAsync("lost-nine", priority: 9);
        await PutAsync("lost-unique", Rules(unique: "lost-unique"));
        await PutAsync("lost-slot", Rules(slot: "lost", limit: 2));
        await PutAsync("lost-all", Rules("lost-all", "lost", 2, "lost"));
        await PutAsync("lost-done");
        await PushAsync(Message("lost-crash", redeliveries: 1), Message("lost-crash-all", Rules("lost-crash", "lost-crash", 1, "lost-crash"), redeliveries: 1), Message("lost-cancelled", redeliveries: 1));
        await FetchAsync(Gone);
        await Harness.StepAsync(Gone, 0, new Acknowledge(HeldBy("lost-done"), ResultOf(IdOf("lost-done"))));
        await EvaluateAsync(Calls.Cancel("default", IdOf("lost-cancelled"), mark: true));
    }

    /// <summary>What a living worker holds, what it could not start, and what gave up.</summary>
    private async Task FillHeldAndParkedAsync()
    {
        await PutAsync("held-plain");
        await PutAsync("held-plain-2");
        await PutAsync("held-nine", priority: 9);
        await PutAsync("held-unique", Rules(unique: "held-unique"));
        await PutAsync("held-slot", Rules(slot: "k"));
        await PutAsync("held-all", Rules("held-all", "h", 1, "r0"));
        await PutAsync("held-cancelled", Rules(unique: "held-cancelled"));
        foreach (var name in new[] { "parked-slot", "parked-slot-2" })
        {
            await PutAsync(name, Rules(slot: "k"));
        }

        await PutAsync("parked-slot-unique", Rules(unique: "parked-slot", slot: "h"));
        await PutAsync("parked-rate", Rules(rate: "r0"));
        await PutAsync("parked-rate-all", Rules("parked-rate", "parked-rate", 1, "r0"));
        await PutAsync("parked-kind");
        await PutAsync("parked-kind-all", Rules("parked-kind", "parked-kind"));
        await PutAsync("dead-plain");
        await PutAsync("dead-all", Rules("dead-all", "dead"));
        await FetchAsync(Living);
        foreach (var name in new[] { "parked-kind", "parked-kind-all" })
        {
            await EvaluateAsync(Calls.Park(Living, new Park(IdOf(name), "default", HeldBy(name).Bytes, "t:new.task")));
        }

        foreach (var name in new[] { "dead-plain", "dead-all" })
        {
            await EvaluateAsync(Calls.Bury(Living, new Bury(IdOf(name), "default", HeldBy(name).Bytes, Reason, ResultOf(IdOf(name), TaskState.Dead))));
        }

        await EvaluateAsync(Calls.Cancel("default", IdOf("held-cancelled"), mark: true));
    }

    private async Task FillDelayedAsync()
    {
        var hour = TimeSpan.FromHours(1);
        await PutAsync("later", delay: hour);
        await PutAsync("due-plain", delay: hour);
        await PutAsync("due-nine", priority: 9, delay: hour);
        await PutAsync("due-all", Rules("due-all", "k", 1, "r0"), delay: hour);
        await PutAsync("due-expired", Rules("due-expired"), delay: hour, expires: TimeSpan.FromMilliseconds(1));
        foreach (var name in new[] { "due-plain", "due-nine", "due-all", "due-expired" })
        {
            await ExecuteAsync(RedisCommand.Create("ZADD", Keys.Delayed, "XX", 1, IdOf(name)));
        }
    }

    private async Task FillReadyAsync()
    {
        foreach (var name in new[] { "ready-plain", "ready-plain-2", "ready-plain-3" })
        {
            await PutAsync(name);
        }

        await PutAsync("ready-nine", priority: 9);
        await PutAsync("ready-unique", Rules(unique: "ready-unique"));
        await PutAsync("ready-start", Rules(unique: "ready-start") with { UniqueUntil = UniqueUntil.Start });
        await PutAsync("ready-slot", Rules(slot: "k"));
        await PutAsync("ready-free", Rules(slot: "free"));
        await PutAsync("ready-free-2", Rules(slot: "free"));
        await PutAsync("ready-rate", Rules(rate: "r1"));
        await PutAsync("ready-rate-2", Rules(rate: "r1"));
        await PutAsync("ready-all", Rules("ready-all", "ready", 1, "r2"));
        await PutAsync("ready-expired", Rules("ready-expired"), expires: TimeSpan.FromMilliseconds(1));
        await PutAsync("ready-cancelled", Rules(unique: "ready-cancelled"));
        await PutAsync("ready-typed", task: TypedTask);
        await PutAsync("ready-typed-2", task: TypedTask);
        await EvaluateAsync(Calls.Cancel("default", IdOf("ready-cancelled"), mark: true));
    }

    /// <summary>Takes a message in place of all hostile ones that were here before.</summary>
    /// <param name="message">The message.</param>
    /// <param name="place">0 to <see cref="HostilePlaces.Count"/> - 1; a message without an id can only be ready.</param>
    public async Task AddHostileAsync(HostileMessage message, int place)
    {
        hostile.Clear();
        placed.Clear();
        hostile.Add(message);
        placed.Add(await PlaceAsync(message, place));
    }

    private async Task FillHostileAsync(int seed)
    {
        var random = new Random(seed);
        var all = HostileMessage.All(seed, sharedKey: "k").ToArray();
        random.Shuffle(all);
        foreach (var message in all.Take(HostileInAScene))
        {
            var place = message.Id is null ? 0 : random.Next(HostilePlaces.Count);
            hostile.Add(message);
            placed.Add(await PlaceAsync(message, place));
        }

        // A producer that had no answer sends the same again: one of them is held, one is ready.
        foreach (var name in new[] { "held-slot", "ready-free" })
        {
            doubled.Add(name);
            await ExecuteAsync(RedisCommand.Create("RPUSH", Keys.Ready[4], Envelope.Write(Message(name, Rules(slot: name == "held-slot" ? "k" : "free")))));
        }
    }

    private Task<string> PlaceAsync(HostileMessage message, int place) => HostilePlaces.PutAsync(Harness, Calls, message, place, Living, Gone);

    private async Task PutAsync(string name, TaskRules? rules = null, int priority = 5, TimeSpan delay = default, TimeSpan? expires = null, string task = "debug.echo")
    {
        var request = new EnqueueRequest(Message(name, rules, priority, task: task)) { Delay = delay, Expires = expires };
        var answer = (await Harness.Broker.EnqueueAsync([request], default))[0];
        if (answer != EnqueueStatus.Accepted)
        {
            throw new InvalidOperationException($"{name} was not accepted: {answer}");
        }
    }

    private Task<RespValue[]> PushAsync(params IEnumerable<TaskMessage> messages) =>
        ExecuteAsync([.. messages.Select(message => RedisCommand.Create("RPUSH", Keys.Ready[9 - message.Priority], Envelope.Write(message)))]);

    private async Task FetchAsync(string worker)
    {
        foreach (var message in (await Harness.StepAsync(worker, 100)).Messages)
        {
            held[message.Id] = message.Bytes;
        }
    }

    private Task<RespValue[]> ExecuteAsync(params IReadOnlyList<RedisCommand> commands) => Harness.Client.ExecuteAsync(commands, default);

    private Task<RespValue> EvaluateAsync(LuaCall call) => Harness.Client.EvaluateAsync(call, default);
}
