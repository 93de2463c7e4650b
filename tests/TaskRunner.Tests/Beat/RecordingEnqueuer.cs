using System.Collections.Concurrent;
using TaskRunner.Broker;

namespace TaskRunner.Tests.Beat;

/// <summary>A broker in memory: accepts each id once, keeps what it accepted in order, and fails when it is told to.</summary>
internal sealed class RecordingEnqueuer : IEnqueuer
{
    private readonly ConcurrentDictionary<Guid, bool> known = new();
    private readonly ConcurrentQueue<EnqueueRequest> accepted = new();
    private int duplicates;

    /// <summary>Runs before anything is accepted; may throw.</summary>
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

    private EnqueueStatus Accept(EnqueueRequest request)
    {
        if (!known.TryAdd(request.Message.Id, true))
        {
            Interlocked.Increment(ref duplicates);
            return EnqueueStatus.Duplicate;
        }

        accepted.Enqueue(request);
        return EnqueueStatus.Accepted;
    }
}
