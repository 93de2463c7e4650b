using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using TaskRunner.Redis;
using TaskRunner.Resp;
using TaskRunner.Results;

namespace TaskRunner.Broker;

/// <summary>The dead sets: looking, retrying, purging. Each batch of moves is one script, so an interruption leaves every task dead or moved.</summary>
internal sealed partial class RedisBroker
{
    private const int DeadPage = 250;

    /// <summary>Dead tasks that fit, oldest first within each queue. Those that die meanwhile are not among them.</summary>
    public async IAsyncEnumerable<DeadTask> DeadAsync(DeadFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var queue in await QueuesOfAsync(filter, cancellationToken))
        {
            await foreach (var page in PagesAsync(queue, filter, static _ => 0, cancellationToken))
            {
                foreach (var task in page)
                {
                    yield return task;
                }
            }
        }
    }

    /// <summary>Puts dead tasks that fit back into their queues, with all their attempts before them.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="moved">Told after each batch how many were moved so far.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    /// <returns>How many were moved.</returns>
    public Task<long> RetryDeadAsync(DeadFilter filter, Action<long>? moved, CancellationToken cancellationToken) => MoveDeadAsync(
        filter,
        (k, page) => new LuaCall(BrokerScripts.DeadRetry, [.. k.DeadSet, .. k.Ready, k.Wake], [.. page.SelectMany(task => new RedisArgument[] { task.Id, Renewed(task) })]),
        moved,
        cancellationToken);

    /// <summary>Removes dead tasks that fit, for good.</summary>
    /// <inheritdoc cref="RetryDeadAsync"/>
    public Task<long> PurgeDeadAsync(DeadFilter filter, Action<long>? moved, CancellationToken cancellationToken) => MoveDeadAsync(
        filter, (k, page) => new LuaCall(BrokerScripts.DeadPurge, [.. k.DeadSet], [.. page.Select(task => (RedisArgument)task.Id)]), moved, cancellationToken);

    /// <summary>Removes the oldest dead tasks of a queue until it keeps to its bounds.</summary>
    /// <returns>How many were removed, 1,000 at most.</returns>
    public async Task<int> TrimDeadAsync(string queue, CancellationToken cancellationToken) =>
        (int)(await EvaluateQueueAsync(queue, "", calls.TrimDead(queue), cancellationToken)).AsInteger();

    /// <summary>Counts attempts for the retry budget of a queue.</summary>
    public Task CountAttemptsAsync(string queue, long attempts, CancellationToken cancellationToken) =>
        EvaluateQueueAsync(queue, "", calls.CountAttempts(queue, attempts), cancellationToken);

    private async Task<long> MoveDeadAsync(DeadFilter filter, Func<QueueKeys, List<DeadTask>, LuaCall> call, Action<long>? report, CancellationToken cancellationToken)
    {
        var sum = 0L;
        foreach (var queue in await QueuesOfAsync(filter, cancellationToken))
        {
            var gone = 0;
            await foreach (var page in PagesAsync(queue, filter, _ => gone, cancellationToken))
            {
                gone = (int)(await EvaluateAsync([call(keys.Of(queue), page)], cancellationToken))[0].AsInteger();
                sum += gone;
                report?.Invoke(sum);
            }
        }

        return sum;
    }

    private async Task<IReadOnlyList<string>> QueuesOfAsync(DeadFilter filter, CancellationToken cancellationToken) =>
        filter.Queue is { } one ? [one] : await QueuesWithAsync(await QueuesAsync(cancellationToken), static k => [k.Dead], cancellationToken);

    /// <summary>Tasks that fit, page by page, up to those that are dead now.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="filter">Which.</param>
    /// <param name="gone">How many of the last page left the set, so that the next page begins earlier.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async IAsyncEnumerable<List<DeadTask>> PagesAsync(string queue, DeadFilter filter, Func<int, int> gone, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var k = keys.Of(queue);
        var time = (await ExecuteAsync([RedisCommand.Create("TIME")], cancellationToken))[0].Items;
        var now = (time[0].AsInteger() * 1000) + (time[1].AsInteger() / 1000);
        var latest = now - (long)(filter.OlderThan ?? TimeSpan.Zero).TotalMilliseconds;
        var earliest = filter.NewerThan is { } newer ? now - (long)newer.TotalMilliseconds : 0;
        var offset = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var range = await ExecuteAsync([RedisCommand.Create("ZRANGEBYSCORE", k.Dead, earliest, latest, "WITHSCORES", "LIMIT", offset, DeadPage)], cancellationToken);
            var found = Flatten(range[0]).Chunk(2).Select(pair => (Id: pair[0].AsString(), DiedAt: BrokerTime.Of(pair[1].AsDouble()))).ToList();
            if (found.Count == 0)
            {
                yield break;
            }

            RedisArgument[] ids = [.. found.Select(f => (RedisArgument)f.Id)];
            var details = await ExecuteAsync([RedisCommand.Create("HMGET", [k.DeadMessages, .. ids]), RedisCommand.Create("HMGET", [k.DeadReasons, .. ids])], cancellationToken);
            var page = found.Select((f, i) => Describe(queue, f.Id, f.DiedAt, details[0].Items[i], details[1].Items[i])).OfType<DeadTask>().Where(filter.Fits).ToList();
            var left = 0;
            if (page.Count > 0)
            {
                yield return page;
                left = gone(page.Count);
            }

            offset += found.Count - left;
        }
    }

    private static IEnumerable<RespValue> Flatten(RespValue withScores) => withScores.Items.SelectMany(v => v.Type is RespType.Array ? v.Items : [v]);

    private static DeadTask? Describe(string queue, string id, DateTimeOffset diedAt, RespValue message, RespValue reason)
    {
        if (message.IsNull)
        {
            // Somebody moved it between the two looks.
            return null;
        }

        var bytes = message.AsBytes();
        var why = ReadJson(reason, BrokerJson.Default.DeadReason);
        var task = TryRead(new Held(queue, bytes));
        return new DeadTask(
            id, task?.Task, queue, task?.Priority ?? 5, why?.Reason ?? "unknown", why?.Error ?? "", task is null ? 0 : MessageResult.Attempts(task, TaskState.Dead), Envelope.RedeliveriesOf(bytes), task?.EnqueuedAt, diedAt, bytes.Length)
        {
            Stack = why?.Stack,
            Message = bytes,
            Arguments = task is null ? null : Shown(task.Arguments.Span),
        };
    }

    /// <summary>The message with its counters at zero; one that cannot be read goes back as it is, for a worker that can.</summary>
    private static byte[] Renewed(DeadTask task) =>
        TryRead(new Held(task.Queue, task.Message)) is { } known ? Envelope.Write(known with { Attempt = 0, Redeliveries = 0 }) : task.Message;

    // Half of a surrogate pair cannot be shown as JSON.
    private static JsonElement Shown(ReadOnlySpan<byte> arguments) => JsonInput.PlaceOfHalfPair(arguments) is null
        ? JsonElement.Parse(arguments, JsonDepth.Document)
        : JsonElement.Parse(StorableText.Json(Encoding.UTF8.GetString(arguments))!, JsonDepth.Document);
}
