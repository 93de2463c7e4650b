using System.Collections.Concurrent;
using TaskRunner.Broker;

namespace TaskRunner.Tests.Beat;

/// <summary>A broker in memory: accepts each id once in each queue, keeps unique keys and what it accepted in order, and fails when it is told to.</summary>
internal sealed class RecordingEnqueuer : IEnqueuer
{
    private readonly ConcurrentDictionary<(string Queue, Guid Id), bool> known = new();
    private readonly ConcurrentDictionary<string, Guid> held = new();
    private readonly ConcurrentQueue<EnqueueRequest> accepted = new();
    private int duplicates;

    /// <summary>Runs before anything is accepted, and before a question is answered, without requests then; may throw.</summary>
    public Action<IReadOnlyList<EnqueueRequest>> Before { get; set; } = _ => { };

    /// <summary>Runs once everything is accepted; may throw.</summary>
    public Func<Task> After { get; set; } = () => Task.CompletedTask;

    public IReadOnlyList<EnqueueRequest> Accepted => [.. accepted];

    public int Duplicates => duplicates;

    public async Task<IReadOnlyList<EnqueueStatus>> EnqueueAsync(IReadOnlyList<EnqueueRequest> requests, CancellationToken cancellationToken)
    {
        Before(requests);
        var statuses = requests.Select(Accept).ToList();
        await After();
        return statuses;
    }

    public Task<IReadOnlyList<bool>> RemembersAsync(string queue, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        Before([]);
        return Task.FromResult<IReadOnlyList<bool>>([.. ids.Select(id => known.ContainsKey((queue, id)))]);
    }

    /// <summary>Loses all ids and keys, as a server that lost its data does.</summary>
    public void Forget()
    {
        known.Clear();
        held.Clear();
    }

    /// <summary>Gives back all unique keys, as when every task has finished.</summary>
    public void FinishAll() => held.Clear();

    private EnqueueStatus Accept(EnqueueRequest request)
    {
        if (known.ContainsKey((request.Message.Queue, request.Message.Id)))
        {
            Interlocked.Increment(ref duplicates);
            return EnqueueStatus.Duplicate;
        }

        if (request.Message.Rules?.UniqueKey is { } key && !held.TryAdd(key, request.Message.Id))
        {
            if (request.OnConflict == UniqueConflict.Reject)
            {
                return EnqueueStatus.UniqueKeyHeld;
            }

            held[key] = request.Message.Id;
        }

        known.TryAdd((request.Message.Queue, request.Message.Id), true);
        accepted.Enqueue(request);
        return EnqueueStatus.Accepted;
    }
}
