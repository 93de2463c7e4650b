using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Database;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Cli;

/// <summary>Connections of a short-lived verb: opened at once, so that a wrong address or password is said right away.</summary>
internal sealed class StoreConnections : IAsyncDisposable
{
    private readonly RedisClient? client;
    private readonly Postgres? postgres;

    private StoreConnections(StoreSettings settings, VerbContext context)
    {
        Settings = settings;
        if (settings.Redis is { } redis)
        {
            client = new RedisClient(redis, "taskrunner-cli", context.Time, NullLogger.Instance);
            Broker = new RedisBroker(client, settings.Broker);
        }

        if (settings.Database is { } database)
        {
            postgres = new Postgres(database);
            Results = new PostgresResultStore(postgres, settings.ResultTimeToLive, NullLogger.Instance);
            Beats = new BeatRegistry(postgres);
            Migrator = new Migrator(postgres) { Time = context.Time, Tell = context.Error.WriteLineAsync };
            Schedules = new ScheduleTable(postgres);
            Ticks = new TickHistory(postgres);
        }
    }

    public StoreSettings Settings { get; }

    /// <summary>The broker where one is configured and answers; null where not. For verbs that can do without one.</summary>
    public async Task<RedisBroker?> TryBrokerAsync(CancellationToken cancellationToken)
    {
        if (client is null)
        {
            return null;
        }

        try
        {
            await client.ConnectAsync(cancellationToken);
            return Broker;
        }
        catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
        {
            return null;
        }
    }

    /// <summary>The broker; asking for it is a mistake where the verb did not say that it needs one.</summary>
    public RedisBroker Broker { get => field ?? throw new InvalidOperationException("This verb has no broker."); private set; }

    /// <summary>Results; null when no database is configured.</summary>
    public IResultStore? Results { get; }

    /// <summary>Those of the given tasks' results that are known: in the database, or, where it has none of a task, kept by the broker.</summary>
    public async Task<IReadOnlyList<TaskResult>> ReadResultsAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        var stored = Results is { } results ? await results.ReadAsync(ids, cancellationToken) : [];
        var missing = ids.Except(stored.Select(result => result.Id)).ToList();
        return missing.Count == 0 ? stored : [.. stored, .. await Broker.KeptResultsAsync(missing, cancellationToken)];
    }

    public BeatRegistry? Beats { get; }

    public Migrator? Migrator { get; }

    public ScheduleTable? Schedules { get; }

    public TickHistory? Ticks { get; }

    /// <exception cref="ConfigurationException">The settings have mistakes.</exception>
    /// <exception cref="RedisUnavailableException">The broker cannot be reached.</exception>
    /// <exception cref="RedisServerException">The broker refused the login.</exception>
    public static async Task<StoreConnections> OpenAsync(SettingsReader reader, VerbContext context, bool needsBroker, bool needsDatabase, CancellationToken cancellationToken, bool mayUseBroker = false)
    {
        var isThere = reader.Text(Configuration.Settings.BrokerUrl) is not null || reader.Text(Configuration.Settings.BrokerSentinels) is not null;
        var settings = StoreSettings.Read(reader, needsBroker || (mayUseBroker && isThere), needsDatabase);
        reader.ThrowIfMistaken();
        var stores = new StoreConnections(settings, context);
        try
        {
            if (needsBroker && stores.client is { } client)
            {
                await client.ConnectAsync(cancellationToken);
            }

            return stores;
        }
        catch
        {
            await stores.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (client is not null)
        {
            await client.DisposeAsync();
        }

        if (postgres is not null)
        {
            await postgres.DisposeAsync();
        }
    }
}
