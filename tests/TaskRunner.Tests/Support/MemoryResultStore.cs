using System.Collections.Concurrent;
using TaskRunner.Results;

namespace TaskRunner.Tests.Support;

/// <summary>Keeps results in memory, and can be away.</summary>
internal sealed class MemoryResultStore : IResultStore
{
    private readonly ConcurrentDictionary<Guid, TaskResult> results = new();

    public volatile bool IsAway;

    public IReadOnlyCollection<TaskResult> All => [.. results.Values];

    public Task WriteAsync(IReadOnlyList<TaskResult> batch, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        foreach (var result in batch)
        {
            results[result.Id] = result;
        }

        return Task.CompletedTask;
    }

    public ConcurrentQueue<TaskResult> Superseded { get; } = new();

    public Task NoteSupersededAsync(IReadOnlyList<TaskResult> batch, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        foreach (var result in batch)
        {
            Superseded.Enqueue(result);
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<TaskResult>> ReadSupersededAsync(Guid id, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<TaskResult>>([.. Superseded.Where(result => result.Id == id)]);

    public Task<TaskResult?> ReadAsync(Guid id, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        return Task.FromResult(results.GetValueOrDefault(id));
    }

    public Task<IReadOnlyList<TaskResult>> ReadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        return Task.FromResult<IReadOnlyList<TaskResult>>([.. ids.Where(results.ContainsKey).Select(id => results[id])]);
    }

    public Task<int> DeleteExpiredAsync(CancellationToken cancellationToken) => Task.FromResult(0);

    /// <summary>Waits for the final result of a task.</summary>
    public Task<TaskResult> FinalAsync(Guid id, TimeSpan? within = null) =>
        Eventually.ReturnsAsync(() => Task.FromResult(results.GetValueOrDefault(id)!), r => r is not null && TaskStateName.IsFinal(r.State), within, $"task {id} is finished");

    private void ThrowIfAway()
    {
        if (IsAway)
        {
            throw new DatabaseUnavailableException("the store is away");
        }
    }
}
