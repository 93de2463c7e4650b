namespace TaskRunner.Results;

/// <summary>Waits until tasks are finished.</summary>
/// <param name="read">Reads those of some results that exist.</param>
/// <param name="time">Clock for the waits.</param>
internal sealed class ResultWaiter(Func<IReadOnlyCollection<Guid>, CancellationToken, Task<IReadOnlyList<TaskResult>>> read, TimeProvider time)
{
    public ResultWaiter(IResultStore results, TimeProvider time)
        : this(results.ReadAsync, time)
    {
    }

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until all are succeeded or dead, or the time is over.</summary>
    /// <returns>The final results that are known by then, in the order of the ids.</returns>
    public async Task<IReadOnlyList<TaskResult>> WaitAsync(IReadOnlyList<Guid> ids, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var finished = new Dictionary<Guid, TaskResult>();
        while (true)
        {
            foreach (var result in await read([.. ids.Where(id => !finished.ContainsKey(id))], cancellationToken))
            {
                if (TaskStateName.IsFinal(result.State))
                {
                    finished[result.Id] = result;
                }
            }

            if (finished.Count == ids.Count || time.GetElapsedTime(started) >= timeout)
            {
                return [.. ids.Where(finished.ContainsKey).Select(id => finished[id])];
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
