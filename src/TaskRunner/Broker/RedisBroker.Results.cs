using System.Text;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Broker;

internal sealed partial class RedisBroker
{
    /// <summary>The oldest results that this worker settled and has not yet written to the database.</summary>
    /// <exception cref="QueueFaultException">The list is something else.</exception>
    public async Task<IReadOnlyList<byte[]>> UnwrittenResultsAsync(string worker, string queue, int from, int most, CancellationToken cancellationToken)
    {
        var reply = (await SentAsync(() => client.ExecuteAsync([RedisCommand.Create("LRANGE", keys.Of(queue).Results(worker), from, from + most - 1)], cancellationToken)))[0];
        if (KeyTypes.IsWrongType(reply))
        {
            throw new QueueFaultException(queue, await FaultAsync(queue, "results", worker, reply, cancellationToken), isWrongType: true);
        }

        Faults.Clear(queue, "results");
        return [.. Checked([reply])[0].Items.Select(value => value.AsBytes())];
    }

    /// <summary>How many results of this worker wait for the database, in all of these queues.</summary>
    public async Task<long> CountUnwrittenResultsAsync(string worker, IReadOnlyList<string> queues, CancellationToken cancellationToken) =>
        (await ExecuteAsync([.. queues.Select(queue => RedisCommand.Create("LLEN", keys.Of(queue).Results(worker)))], cancellationToken)).Sum(reply => reply.AsInteger());

    /// <summary>Puts another record in the place of a result that waits. Only the worker that owns the list does so.</summary>
    public Task ReplaceResultAsync(string worker, string queue, int index, byte[] record, CancellationToken cancellationToken) =>
        ExecuteAsync([RedisCommand.Create("LSET", keys.Of(queue).Results(worker), index, record)], cancellationToken);

    /// <summary>Keeps a result for those who await it.</summary>
    /// <param name="result">The result.</param>
    /// <param name="keep">More than zero.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task KeepResultAsync(TaskResult result, TimeSpan keep, CancellationToken cancellationToken)
    {
        byte[] value = [.. Encoding.UTF8.GetBytes(result.Queue), (byte)'\n', .. ResultRecord.Write(result)];
        return ExecuteAsync([RedisCommand.Create("SET", keys.Kept(result.Id), value, "PX", Math.Max(1, (long)keep.TotalMilliseconds))], cancellationToken);
    }

    /// <summary>Those of the given results that the broker keeps, in no particular order.</summary>
    public async Task<IReadOnlyList<TaskResult>> KeptResultsAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
        {
            return [];
        }

        var replies = await ExecuteAsync([RedisCommand.Create("MGET", [.. ids.Select(id => (RedisArgument)keys.Kept(id))])], cancellationToken);
        return [.. replies[0].Items.Where(value => !value.IsNull).Select(value => ReadKept(value.AsBytes()))];
    }

    private static TaskResult ReadKept(byte[] value)
    {
        var line = Array.IndexOf(value, (byte)'\n');
        return ResultRecord.Read(value.AsMemory(line + 1), Encoding.UTF8.GetString(value, 0, line));
    }

    /// <summary>Forgets the oldest results, after the database took them. Only the worker that owns the list takes from it.</summary>
    public Task ForgetResultsAsync(string worker, string queue, int count, CancellationToken cancellationToken) =>
        ExecuteAsync([RedisCommand.Create("LTRIM", keys.Of(queue).Results(worker), count, -1)], cancellationToken);
}
