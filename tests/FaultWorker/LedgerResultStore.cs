using System.Globalization;
using TaskRunner.Results;

namespace TaskRunner.FaultWorker;

/// <summary>Writes results into the ledger: a result exists only where the broker took the acknowledgement.</summary>
internal sealed class LedgerResultStore(Ledger ledger) : IResultStore
{
    public Task WriteAsync(IReadOnlyList<TaskResult> results, CancellationToken cancellationToken)
    {
        foreach (var result in results.Where(r => r.State is TaskState.Succeeded or TaskState.Dead))
        {
            ledger.Settled(result.Id, string.Create(CultureInfo.InvariantCulture, $"{result.State} {result.Worker} {result.FinishedAt?.UtcTicks} {result.Redeliveries}"));
        }

        return Task.CompletedTask;
    }

    public Task NoteSupersededAsync(IReadOnlyList<TaskResult> results, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<TaskResult>> ReadSupersededAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<TaskResult>>([]);

    public Task<TaskResult?> ReadAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult<TaskResult?>(null);

    public Task<IReadOnlyList<TaskResult>> ReadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<TaskResult>>([]);

    public Task<int> DeleteExpiredAsync(CancellationToken cancellationToken) => Task.FromResult(0);
}
