using TaskRunner.Observability;
using TaskRunner.Redis;

namespace TaskRunner.Broker;

internal sealed partial class RedisBroker
{
    // A script's arguments are spread on Lua's stack, which holds about 8,000 values.
    private const int MostTasksPerCall = 500;

    private readonly HashSet<string> announced = new(StringComparer.Ordinal);
    private readonly Lock announcedGate = new();

    /// <inheritdoc />
    /// <exception cref="PayloadTooLargeException">One of the messages is over the limit; nothing was enqueued.</exception>
    /// <exception cref="ArgumentException">The rules or the queue name of one of the tasks are not allowed; nothing was enqueued.</exception>
    public async Task<IReadOnlyList<EnqueueStatus>> EnqueueAsync(IReadOnlyList<EnqueueRequest> requests, CancellationToken cancellationToken)
    {
        using var span = requests.Count == 0 ? null : Tracing.StartEnqueue(requests[0].Message.Task, requests[0].Message.Queue, requests.Count);
        var trace = Tracing.Capture();
        return await EnqueueTracedAsync(trace is null ? requests : [.. requests.Select(r => r.WithTrace(trace))], isDirect: false, cancellationToken);
    }

    /// <summary>The same for requests of many callers, each of which has the trace of its own caller.</summary>
    /// <param name="requests">What to enqueue.</param>
    /// <param name="isDirect">Two changes of threads less for a caller who never blocks; see <see cref="RedisConnection.TrySend"/>.</param>
    /// <param name="cancellationToken">Ends the waiting; the tasks may be enqueued all the same.</param>
    /// <inheritdoc cref="EnqueueAsync(IReadOnlyList{EnqueueRequest}, CancellationToken)"/>
    public async Task<IReadOnlyList<EnqueueStatus>> EnqueueTracedAsync(IReadOnlyList<EnqueueRequest> requests, bool isDirect, CancellationToken cancellationToken)
    {
        var answers = new EnqueueStatus[requests.Count];
        var batches = new List<(LuaCall Call, int[] Places)>();
        var written = requests.Select((request, place) => (Place: place, request.Message.Queue, Task: WriteChecked(request))).ToList();
        foreach (var queue in written.GroupBy(w => w.Queue, StringComparer.Ordinal))
        {
            foreach (var chunk in queue.Chunk(MostTasksPerCall))
            {
                batches.Add((calls.Enqueue(queue.Key, [.. chunk.Select(c => c.Task)]), [.. chunk.Select(c => c.Place)]));
            }
        }

        await AnnounceAsync(written.Select(w => w.Queue), cancellationToken);
        var replies = await EvaluateAsync([.. batches.Select(b => b.Call)], cancellationToken, isDirect);
        for (var b = 0; b < batches.Count; b++)
        {
            for (var i = 0; i < batches[b].Places.Length; i++)
            {
                answers[batches[b].Places[i]] = replies[b].Items[i].AsInteger() switch
                {
                    1 => EnqueueStatus.Accepted,
                    2 => EnqueueStatus.UniqueKeyHeld,
                    _ => EnqueueStatus.Duplicate,
                };
            }
        }

        foreach (var queue in written.Where(w => answers[w.Place] == EnqueueStatus.Accepted).CountBy(w => w.Queue, StringComparer.Ordinal))
        {
            enqueued?.Invoke(queue.Key, queue.Value);
        }

        return answers;
    }

    private (byte[] Message, EnqueueRequest Request) WriteChecked(EnqueueRequest request)
    {
        QueueName.ThrowIfInvalid(request.Message.Queue);
        var mistakes = EnqueueRules.Mistakes(request).ToList();
        if (mistakes.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', mistakes), nameof(request));
        }

        if (request.Expires is { } expires)
        {
            // Any moment that has the right number of digits: the script writes the one that its clock says.
            var rules = request.Message.Rules ?? new TaskRules();
            request = request with { Expires = TimeSpan.FromMilliseconds(Math.Max(1, expires.TotalMilliseconds)), Message = request.Message with { Rules = rules with { ExpiresAt = DateTimeOffset.UnixEpoch } } };
        }

        var bytes = Envelope.Write(request.Message);
        return bytes.Length <= options.MaxPayloadBytes ? (bytes, request) : throw new PayloadTooLargeException(request.Message.Task, bytes.Length, options.MaxPayloadBytes);
    }

    /// <summary>Makes queue names known to `inspect queues`, once a process.</summary>
    private async Task AnnounceAsync(IEnumerable<string> queues, CancellationToken cancellationToken)
    {
        List<string> fresh;
        lock (announcedGate)
        {
            fresh = [.. queues.Distinct(StringComparer.Ordinal).Where(q => !announced.Contains(q))];
        }

        if (fresh.Count == 0)
        {
            return;
        }

        // Tasks are accepted without it: a key that is no set costs the list of queues, and is named by whoever reads that.
        var reply = await SentAsync(() => client.ExecuteAsync([RedisCommand.Create("SADD", [keys.Queues, .. fresh.Select(q => (RedisArgument)q)])], cancellationToken));
        if (KeyTypes.IsWrongType(reply[0]))
        {
            return;
        }

        Checked(reply);
        lock (announcedGate)
        {
            announced.UnionWith(fresh);
        }
    }
}
