using TaskRunner.Broker;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>
/// Writes results to the store, each on its own terms. One that the store does not take is written without its output; when not even that is taken while the
/// store answers other questions, the broker keeps it for a week. A store that fails for everything is away, whatever it says, and results wait for it.
/// </summary>
internal sealed class ResultWriter(IResultStore store, RedisBroker broker, AsideResults aside)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>Halving finds the one result among 500 that the store cannot take in some 18 calls; all others are written.</summary>
    /// <exception cref="DatabaseUnavailableException">The store takes nothing now; write the batch again later.</exception>
    public async Task WriteAsync(List<TaskResult> batch, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteAsync(batch, cancellationToken);
        }
        catch (ResultsRefusedException e)
        {
            foreach (var refused in e.Refused)
            {
                await KeepAsync(refused, e.InnerException!, cancellationToken);
            }
        }
        catch (Exception e) when (MayBeItsOwnFault(e) && batch.Count > 1)
        {
            await WriteAsync(batch[..(batch.Count / 2)], cancellationToken);
            await WriteAsync(batch[(batch.Count / 2)..], cancellationToken);
        }
        catch (Exception e) when (MayBeItsOwnFault(e) && batch.Count == 1)
        {
            await WriteStandInAsync(batch[0] with { Output = null, Error = $"The result could not be stored: {AsideResults.Describe(e)}" }, e, cancellationToken);
        }
    }

    private async Task WriteStandInAsync(TaskResult standIn, Exception reason, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteAsync([standIn], cancellationToken);
        }
        catch (Exception e) when (MayBeItsOwnFault(e))
        {
            await ThrowIfItIsTheStoreAsync(standIn.Id, e, cancellationToken);
            await KeepAsync(standIn, e, cancellationToken);
            return;
        }

        aside.Note(standIn.Queue, standIn.Id, "It is stored without its output", reason);
    }

    private async Task KeepAsync(TaskResult standIn, Exception reason, CancellationToken cancellationToken)
    {
        await broker.KeepResultAsync(standIn, Kept, cancellationToken);
        aside.Note(standIn.Queue, standIn.Id, "The database takes not even its state: the broker keeps that for seven days", reason);
    }

    private async Task ThrowIfItIsTheStoreAsync(Guid id, Exception fault, CancellationToken cancellationToken)
    {
        if (PostgresErrors.IsBadData(fault))
        {
            return;
        }

        try
        {
            await store.ReadAsync(id, cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            throw new DatabaseUnavailableException($"The database client fails at every call: {AsideResults.Describe(fault)}", fault);
        }
    }

    private static bool MayBeItsOwnFault(Exception e) => e is not (DatabaseUnavailableException or OperationCanceledException or OutOfMemoryException);
}
