using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Database;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Client;

/// <summary>What a client talks to: the broker, and the database where one is configured.</summary>
internal sealed class TaskClientConnections : IAsyncDisposable
{
    private readonly RedisClient redis;
    private readonly Postgres? postgres;
    private readonly ResultWaiter? waiter;

    public TaskClientConnections(StoreSettings settings, string name, TimeProvider time, ILoggerFactory loggers)
    {
        redis = new RedisClient(settings.Redis!, name, time, loggers.CreateLogger("TaskRunner.Redis"));
        Broker = new RedisBroker(redis, settings.Broker);
        if (settings.Database is { } database)
        {
            postgres = new Postgres(database);
            waiter = new ResultWaiter(new PostgresResultStore(postgres, settings.ResultTimeToLive, loggers.CreateLogger("TaskRunner.Results")), time);
        }
    }

    public RedisBroker Broker { get; }

    /// <exception cref="InvalidOperationException">No database is configured.</exception>
    public async Task<TaskResult?> WaitForResultAsync(Guid id, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var results = waiter ?? throw new InvalidOperationException("No results can be awaited: TASKRUNNER_DATABASE_URL is not set, and results are kept in the database.");
        return await results.WaitAsync([id], timeout, cancellationToken) is [var result] ? result : null;
    }

    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        if (postgres is not null)
        {
            await postgres.DisposeAsync();
        }
    }
}
