using System.Text;
using TaskRunner.Redis;

namespace TaskRunner.Broker;

internal sealed partial class RedisBroker
{
    private static readonly string[] WorkBesideSteps = [.. new[] { BrokerScripts.Retry, BrokerScripts.Bury, BrokerScripts.Park, BrokerScripts.Release, BrokerScripts.Reclaim }.Select(script => script.Name)];

    /// <summary>Settles what is finished and fetches what is wanted, all queues in one round trip.</summary>
    /// <param name="worker">The incarnation that holds the tasks.</param>
    /// <param name="settlements">What became of tasks that it held; the ones that the broker refuses are lost to a newer holder.</param>
    /// <param name="fetches">How many tasks to fetch from which queue; a queue may be asked for none.</param>
    /// <param name="cancellationToken">Ends the waiting, not the command.</param>
    /// <returns>
    /// One reply for each queue that was asked or had acknowledgements. One with a <see cref="StepReply.Failure"/> has keys that are not what they must be: all its
    /// settlements have to be sent again, what was done of them is not done twice. The other queues are not touched by that.
    /// </returns>
    public Task<IReadOnlyDictionary<string, StepReply>> StepAsync(
        string worker, IReadOnlyList<Settlement> settlements, IReadOnlyList<Fetch> fetches, CancellationToken cancellationToken) =>
        StepAsync(worker, settlements, fetches, null, cancellationToken);

    /// <inheritdoc cref="StepAsync(string, IReadOnlyList{Settlement}, IReadOnlyList{Fetch}, CancellationToken)"/>
    /// <param name="worker">The incarnation that holds the tasks.</param>
    /// <param name="settlements">What became of tasks that it held.</param>
    /// <param name="fetches">How many tasks to fetch from which queue.</param>
    /// <param name="refused">
    /// Takes settlements, acknowledgements apart, that the server refuses; without it, such a refusal is an exception and costs the whole
    /// reply.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting, not the command.</param>
    public async Task<IReadOnlyDictionary<string, StepReply>> StepAsync(
        string worker,
        IReadOnlyList<Settlement> settlements,
        IReadOnlyList<Fetch> fetches,
        List<RefusedSettlements>? refused,
        CancellationToken cancellationToken)
    {
        var batch = new List<LuaCall>();
        var places = new List<string>();
        var sources = new List<IReadOnlyList<Settlement>>();
        AddSettlements(batch, places, sources, worker, settlements);
        var first = batch.Count;
        var finished = settlements.OfType<Acknowledge>().ToLookup(a => a.Queue, StringComparer.Ordinal);
        var asked = fetches.ToDictionary(f => f.Queue, StringComparer.Ordinal);
        foreach (var queue in finished.Select(f => f.Key).Union(asked.Keys, StringComparer.Ordinal))
        {
            places.Add(queue);
            batch.Add(calls.Step(worker, asked.GetValueOrDefault(queue, new Fetch(queue, 0)), [.. finished[queue]]));
        }

        var replies = batch.Count == 0 ? [] : await SentAsync(() => client.EvaluateAsync(batch, cancellationToken, isDirect: true));
        if (Array.FindIndex(replies, refused is null ? 0 : first, reply => reply.IsError && !KeyTypes.IsQueueFault(reply)) is >= 0 and var at)
        {
            throw Refused(replies, at);
        }

        var answers = new Dictionary<string, StepReply>(StringComparer.Ordinal);
        for (var i = replies.Length - 1; i >= 0; i--)
        {
            var queue = places[i];
            if (replies[i].IsError && !KeyTypes.IsQueueFault(replies[i]))
            {
                var work = batch[i].Script.Name;
                refused!.Add(new RefusedSettlements(queue, work, RefusalOf(queue, work, replies[i].ErrorMessage), sources[i]));
            }
            else if (replies[i].IsError)
            {
                // What its step fetched all the same is kept.
                answers[queue] = answers.GetValueOrDefault(queue, StepReply.Nothing) with { Failure = await FaultAsync(queue, batch[i].Script.Name, worker, replies[i], cancellationToken) };
            }
            else if (i >= first)
            {
                answers[queue] = StepReply.Read(queue, replies[i].Items);

                // What failed beside it is sent again with it, and fails again or not.
                foreach (var work in WorkBesideSteps)
                {
                    Faults.Clear(queue, work);
                }
            }

            if (!replies[i].IsError)
            {
                Faults.Clear(queue, batch[i].Script.Name);
            }
        }

        return answers;
    }

    /// <summary>What the broker says this worker holds in a queue.</summary>
    public async Task<IReadOnlyList<Held>> HeldAsync(string worker, string queue, CancellationToken cancellationToken)
    {
        var ids = (await ExecuteAsync([RedisCommand.Create("HKEYS", keys.Of(queue).InFlight(worker))], cancellationToken))[0].Items;
        var held = new List<Held>(ids.Count);

        // In small portions: a thousand large messages in one reply are more than a server can send in time.
        foreach (var portion in ids.Select(id => Envelope.IdOf(id.AsBytes())).Chunk(16))
        {
            held.AddRange(await HeldAsync(worker, queue, portion, cancellationToken));
        }

        return held;
    }

    /// <summary>
    /// The ids of what the broker says this worker holds in a queue, once and for all: fetches of an older generation take nothing from now on,
    /// also those that are still on their way or stand in the broker.
    /// </summary>
    public async Task<IReadOnlyList<string>> ReclaimAsync(string worker, string queue, int generation, CancellationToken cancellationToken) =>
        [.. (await EvaluateQueueAsync(queue, worker, calls.Reclaim(worker, queue, generation), cancellationToken)).Items.Select(id => Envelope.IdOf(id.AsBytes()))];

    /// <summary>Those of some tasks that the broker says this worker holds in a queue.</summary>
    public async Task<IReadOnlyList<Held>> HeldAsync(string worker, string queue, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var fields = ids.Select(id => (RedisArgument)Encoding.Latin1.GetBytes(id));
        var replies = await ExecuteAsync([RedisCommand.Create("HMGET", [keys.Of(queue).InFlight(worker), .. fields])], cancellationToken);
        return [.. replies[0].Items.Where(value => !value.IsNull).Select(value => new Held(queue, value.AsBytes()))];
    }

    /// <summary>Ends the sleep of a worker in the broker, now or the next one.</summary>
    public Task RecallAsync(string worker, string queue, CancellationToken cancellationToken) =>
        EvaluateAsync([calls.Recall(worker, queue)], cancellationToken);

    /// <summary>Moves tasks whose time has come to their lists; safe to call from every worker.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="most">How many at most, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the waiting, not the command.</param>
    public async Task<PromoteReply> PromoteAsync(string queue, int most, CancellationToken cancellationToken)
    {
        var reply = (await EvaluateQueueAsync(queue, "", calls.Promote(queue, most), cancellationToken)).Items;
        return new PromoteReply((int)reply[0].AsInteger(), StepReply.ReadTime(reply[1]), (int)reply[2].AsInteger(), reply[3].AsInteger() == 1);
    }

    /// <summary>One sentence about a script of a queue that the server refused.</summary>
    public static string RefusalOf(string queue, string work, string? error) => $"queue '{queue}': {work} was refused: {error}";

    private void AddSettlements(
        List<LuaCall> batch, List<string> places, List<IReadOnlyList<Settlement>> sources, string worker, IReadOnlyList<Settlement> settlements)
    {
        foreach (var settlement in settlements)
        {
            if (settlement is Retry retry)
            {
                places.Add(retry.Queue);
                sources.Add([retry]);
                batch.Add(calls.Retry(worker, retry));
            }
            else if (settlement is Bury bury)
            {
                places.Add(bury.Queue);
                sources.Add([bury]);
                batch.Add(calls.Bury(worker, bury));
            }
            else if (settlement is Park park)
            {
                places.Add(park.Queue);
                sources.Add([park]);
                batch.Add(calls.Park(worker, park));
            }
        }

        foreach (var queue in settlements.OfType<Release>().GroupBy(r => r.Queue, StringComparer.Ordinal))
        {
            places.Add(queue.Key);
            sources.Add([.. queue]);
            batch.Add(calls.Release(worker, queue.Key, queue.Select(r => r.Id).OrderDescending(StringComparer.Ordinal)));
        }
    }
}
