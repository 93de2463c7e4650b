using TaskRunner.Redis;

namespace TaskRunner.Broker;

internal sealed partial class RedisBroker
{
    /// <summary>The oldest results that this worker settled and has not yet written to the database.</summary>
    public async Task<IReadOnlyList<byte[]>> UnwrittenResultsAsync(string worker, string queue, int most, CancellationToken cancellationToken)
    {
        var replies = await ExecuteAsync([RedisCommand.Create("LRANGE", keys.Of(queue).Results(worker), 0, most - 1)], cancellationToken);
        return [.. replies[0].Items.Select(value => value.AsBytes())];
    }

    /// <summary>How many results of this worker wait for the database, in all of these queues.</summary>
    public async Task<long> CountUnwrittenResultsAsync(string worker, IReadOnlyList<string> queues, CancellationToken cancellationToken) =>
        (await ExecuteAsync([.. queues.Select(queue => RedisCommand.Create("LLEN", keys.Of(queue).Results(worker)))], cancellationToken)).Sum(reply => reply.AsInteger());

    /// <summary>Forgets the oldest results, after the database took them. Only the worker that owns the list takes from it.</summary>
    public Task ForgetResultsAsync(string worker, string queue, int count, CancellationToken cancellationToken) =>
        ExecuteAsync([RedisCommand.Create("LTRIM", keys.Of(queue).Results(worker), count, -1)], cancellationToken);
}
