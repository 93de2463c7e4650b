namespace TaskRunner.Results;

/// <summary>Keeps results for as long as their time to live.</summary>
public interface IResultStore
{
    /// <summary>Writes a batch in one statement. Writing the same result again changes nothing; a later result of the same task replaces an earlier one.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not take the batch; write it again later.</exception>
    Task WriteAsync(IReadOnlyList<TaskResult> results, CancellationToken cancellationToken);

    /// <summary>
    /// Notes results of workers that had lost their lease, each under its worker's name. They change no true result; noting one again changes nothing.
    /// </summary>
    /// <exception cref="DatabaseUnavailableException">The database did not take the batch; note it again later.</exception>
    Task NoteSupersededAsync(IReadOnlyList<TaskResult> results, CancellationToken cancellationToken);

    /// <summary>Reads the superseded results of one task, oldest first.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    Task<IReadOnlyList<TaskResult>> ReadSupersededAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Reads one result; null when there is none.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    Task<TaskResult?> ReadAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Reads those of the given results that exist, in no particular order.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    Task<IReadOnlyList<TaskResult>> ReadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken);

    /// <summary>Deletes results whose time to live is over, a bounded number of them.</summary>
    /// <returns>How many were deleted; the next call deletes more, until there are none.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    Task<int> DeleteExpiredAsync(CancellationToken cancellationToken);
}
