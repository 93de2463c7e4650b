using TaskRunner.Redis;

namespace TaskRunner.Broker;

internal sealed partial class RedisBroker
{
    /// <summary>Asks something of a worker; it follows with its next heartbeat, and its description then carries the revision.</summary>
    /// <param name="worker">Its incarnation.</param>
    /// <param name="wish">What is asked; the revision must be new.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task ControlAsync(string worker, WorkerControl wish, CancellationToken cancellationToken)
    {
        var key = keys.Control(worker);
        return ExecuteAsync(
            [
                RedisCommand.Create("HSET", [key, .. wish.ToFields().Select(f => (RedisArgument)f)]),
                RedisCommand.Create("PEXPIRE", key, (long)WorkerControl.Patience.TotalMilliseconds),
            ],
            cancellationToken);
    }

    /// <summary>Ends every task of a queue that is in this state, as cancelled. In batches: ended at any moment, it has done a part and harmed nothing.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="state">waiting, delayed or parked.</param>
    /// <param name="cancellationToken">Ends the work between two batches.</param>
    /// <returns>How many tasks were ended.</returns>
    public async Task<long> PurgeAsync(string queue, string state, CancellationToken cancellationToken)
    {
        const int batch = 500;
        var total = 0L;
        while (true)
        {
            var purged = (await EvaluateAsync([calls.Purge(queue, state, batch)], cancellationToken))[0].AsInteger();
            total += purged;
            if (purged == 0)
            {
                return total;
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>What each of these workers told with its last heartbeat; the ones that told nothing are left out.</summary>
    public async Task<IReadOnlyDictionary<string, WorkerReport>> ReportsAsync(IEnumerable<string> workers, CancellationToken cancellationToken)
    {
        string[] names = [.. workers];
        var replies = await ExecuteAsync([.. names.Select(name => RedisCommand.Create("GET", keys.Report(name)))], cancellationToken);
        return names.Zip(replies).Where(pair => ReadJson(pair.Second, BrokerJson.Default.WorkerReport) is not null).ToDictionary(
            pair => pair.First, pair => ReadJson(pair.Second, BrokerJson.Default.WorkerReport)!, StringComparer.Ordinal);
    }
}
