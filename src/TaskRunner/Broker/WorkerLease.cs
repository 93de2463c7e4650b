using System.Text.Json;
using Microsoft.Extensions.Logging;
using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>The lease of one worker process on all its queues, kept on a connection and a thread of its own, so that no user code can delay it.</summary>
internal sealed class WorkerLease(
    RedisOptions redis, string connectionName, BrokerOptions options, Func<IReadOnlyList<string>> leased, TimeSpan duration, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly BlockingRedisClient client = new(redis, connectionName, time, logger);
    private readonly BrokerKeys keys = new(options.Namespace);
    private readonly BrokerCalls calls = new(new BrokerKeys(options.Namespace), options);

    /// <summary>How long a lease lasts without renewal.</summary>
    public TimeSpan Duration => duration;

    /// <summary>Takes new leases for a new incarnation and tells the others who it is.</summary>
    public void Take(WorkerDescription worker)
    {
        client.Execute(RedisCommand.Create("HSET", keys.Workers, worker.Name, JsonSerializer.SerializeToUtf8Bytes(worker, BrokerJson.Default.WorkerDescription)));
        var queues = leased();
        client.Execute(RedisCommand.Create("SADD", [keys.Queues, .. queues.Select(q => (RedisArgument)q)]));
        client.Evaluate([.. queues.Select(q => calls.Lease(worker.Name, q, duration, take: true))]);
    }

    /// <summary>Renews the leases.</summary>
    /// <returns>Whether they are all held, how many orphaned results were adopted, and whose leases have run out, with the queue.</returns>
    public LeaseReply Renew(string worker)
    {
        var queues = leased();
        var replies = client.Evaluate([.. queues.Select(q => calls.Lease(worker, q, duration, take: false))]);
        var expired = new List<(string Worker, string Queue)>();
        var adopted = 0;
        for (var i = 0; i < replies.Length; i++)
        {
            if (replies[i].IsError)
            {
                throw new RedisServerException(replies[i].ErrorCode, replies[i].ErrorMessage);
            }

            if (replies[i].Items[0].AsInteger() == 0)
            {
                return new LeaseReply(false, 0, []);
            }

            adopted += (int)replies[i].Items[1].AsInteger();
            expired.AddRange(replies[i].Items.Skip(2).Select(name => (name.AsString(), queues[i])));
        }

        return new LeaseReply(true, adopted, expired);
    }

    /// <summary>Takes back what a dead worker held in one queue.</summary>
    /// <returns>Tasks put back and tasks buried; null when the worker is alive or somebody else was faster.</returns>
    public (int Recovered, int Buried)? Recover(string deadWorker, string queue)
    {
        var reply = client.Evaluate([calls.Recover(deadWorker, queue)])[0];
        if (reply.IsError)
        {
            throw new RedisServerException(reply.ErrorCode, reply.ErrorMessage);
        }

        if (reply.Items[0].AsInteger() < 0)
        {
            return null;
        }

        client.Execute(RedisCommand.Create("HDEL", keys.Workers, deadWorker));
        return ((int)reply.Items[0].AsInteger(), (int)reply.Items[1].AsInteger());
    }

    /// <summary>Gives up the leases: what is still held goes back to the head of its list at once.</summary>
    /// <returns>How many tasks were put back.</returns>
    public int Leave(string worker)
    {
        var replies = client.Evaluate([.. leased().Select(q => calls.Leave(worker, q))]);
        client.Execute(RedisCommand.Create("HDEL", keys.Workers, worker));
        return replies.Where(r => !r.IsError).Sum(r => (int)Math.Max(0, r.AsInteger()));
    }

    public void Dispose() => client.Dispose();
}

/// <summary>The broker's answer to a renewal.</summary>
/// <param name="Held">Whether the leases are still this worker's.</param>
/// <param name="AdoptedResults">Results of dead workers that this one now has to write.</param>
/// <param name="Expired">Workers whose lease has run out, by queue.</param>
internal sealed record LeaseReply(bool Held, int AdoptedResults, IReadOnlyList<(string Worker, string Queue)> Expired);
