using TaskRunner.Broker;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>
/// A broker in memory: remembers an id in its queue for as long as it is asked to, by the true time; keeps unique keys until their tasks have finished; is away, or gives no answer,
/// when it is told to.
/// </summary>
/// <param name="time">The true time.</param>
/// <param name="examineAsync">Looks at the ids that it is asked for.</param>
internal sealed class ModelBroker(TimeProvider time, Func<IReadOnlyList<Guid>, Task> examineAsync) : IEnqueuer
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Queue, Guid Id), DateTimeOffset> known = [];
    private readonly Dictionary<string, Guid> held = [];

    /// <summary>Refuses everything.</summary>
    public bool IsAway { get; set; }

    /// <summary>Of the next request it accepts such a share and gives no answer; null: it accepts all and answers.</summary>
    public double? SilentShare { get; set; }

    /// <summary>How often it lost its data.</summary>
    public int Memory { get; private set; }

    /// <summary>In which of its memories it accepted each task, and how often in each.</summary>
    public Dictionary<Guid, List<int>> Accepted { get; } = [];

    /// <summary>Tasks that are not those of ticks.</summary>
    public HashSet<Guid> Own { get; } = [];

    /// <summary>Tasks whose results are known.</summary>
    public HashSet<Guid> Finished { get; } = [];

    public async Task<IReadOnlyList<EnqueueStatus>> EnqueueAsync(IReadOnlyList<EnqueueRequest> requests, CancellationToken cancellationToken)
    {
        await examineAsync([.. requests.Select(request => request.Message.Id)]);
        lock (gate)
        {
            if (IsAway)
            {
                throw new BrokerUnavailableException("away");
            }

            if (SilentShare is { } share)
            {
                SilentShare = null;
                foreach (var request in requests.Take((int)Math.Round(requests.Count * share)))
                {
                    Accept(request);
                }

                throw new BrokerUnavailableException("no answer", outcomeUnknown: true);
            }

            return [.. requests.Select(Accept)];
        }
    }

    public Task<IReadOnlyList<bool>> RemembersAsync(string queue, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            return IsAway
                ? throw new BrokerUnavailableException("away")
                : Task.FromResult<IReadOnlyList<bool>>([.. ids.Select(id => known.TryGetValue((queue, id), out var until) && until > now)]);
        }
    }

    /// <summary>Takes a task that is not a tick's.</summary>
    /// <exception cref="BrokerUnavailableException">It is away.</exception>
    public Task RunAsync(TaskMessage message) => IsAway ? throw new BrokerUnavailableException("away") : Task.FromResult(Own.Add(message.Id));

    /// <summary>Loses all ids and keys, as a server that lost its data does.</summary>
    public void Forget()
    {
        Memory++;
        known.Clear();
        held.Clear();
    }

    /// <summary>A task has its result, and gives its key back.</summary>
    public void Finish(Guid id)
    {
        Finished.Add(id);
        foreach (var key in held.Where(entry => entry.Value == id).Select(entry => entry.Key).ToList())
        {
            held.Remove(key);
        }
    }

    /// <summary>All tasks that have no result yet, in a fixed order.</summary>
    public IReadOnlyList<Guid> Unfinished => [.. Accepted.Keys.Where(id => !Finished.Contains(id)).Order()];

    private EnqueueStatus Accept(EnqueueRequest request)
    {
        var (id, key, now) = (request.Message.Id, (request.Message.Queue, request.Message.Id), time.GetUtcNow());
        if (known.TryGetValue(key, out var until) && until > now)
        {
            return EnqueueStatus.Duplicate;
        }

        if (request.Message.Rules?.UniqueKey is { } unique)
        {
            if (held.ContainsKey(unique) && request.OnConflict == UniqueConflict.Reject)
            {
                return EnqueueStatus.UniqueKeyHeld;
            }

            held[unique] = id;
        }

        known[key] = now + request.RememberId;
        Accepted.TryAdd(id, []);
        Accepted[id].Add(Memory);
        return EnqueueStatus.Accepted;
    }
}
