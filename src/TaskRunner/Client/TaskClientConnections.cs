using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Database;
using TaskRunner.Loops;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Client;

/// <summary>What a client talks to: the broker, and the database where one is configured.</summary>
internal sealed class TaskClientConnections : IAsyncDisposable
{
    private readonly RedisClient redis;
    private readonly Postgres? postgres;
    private readonly ResultWaiter waiter;

    public TaskClientConnections(StoreSettings settings, string name, TimeProvider time, ILoggerFactory loggers)
    {
        Loops = new LoopSupervisor(time, loggers.CreateLogger("TaskRunner.Loops"));
        redis = new RedisClient(settings.Redis!, name, time, loggers.CreateLogger("TaskRunner.Redis"), null, Loops.Loop("redis-commands"));
        Broker = new RedisBroker(redis, settings.Broker);
        if (settings.Database is { } database)
        {
            postgres = new Postgres(database);
            waiter = new ResultWaiter(new PostgresResultStore(postgres, settings.ResultTimeToLive, loggers.CreateLogger("TaskRunner.Results")), time);
        }
        else
        {
            waiter = new ResultWaiter(Broker.KeptResultsAsync, time);
        }
    }

    public RedisBroker Broker { get; }

    /// <summary>The background loops of this client.</summary>
    public LoopSupervisor Loops { get; }

    /// <summary>Waits in the database, or, without one, for a result that the broker keeps.</summary>
    public async Task<TaskResult?> WaitForResultAsync(Guid id, TimeSpan timeout, CancellationToken cancellationToken) =>
        await waiter.WaitAsync([id], timeout, cancellationToken) is [var result] ? result : null;

    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        if (postgres is not null)
        {
            await postgres.DisposeAsync();
        }
    }
}
