using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Database;
using TaskRunner.Observability;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>The beat process: the loop, its declared schedules, its health, its metrics and its endpoints.</summary>
internal sealed partial class BeatHost : IAsyncDisposable
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SyncPause = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<ScheduleDeclaration>? declared;
    private readonly TimeProvider time;
    private readonly ServiceProvider services;
    private readonly ILogger logger;
    private readonly Postgres postgres;
    private readonly DatabaseProbe database;
    private readonly RedisClient client;
    private readonly BeatService beat;
    private readonly OutageLog sync;
    private readonly TaskRunnerMetrics metrics = new();
    private readonly PrometheusExporter exporter;
    private readonly ManagementServer server;
    private readonly StartupFlag synced = new("schedules");

    /// <param name="declared">The declared schedules; null leaves those of the table alone.</param>
    /// <param name="stores">Both stores.</param>
    /// <param name="process">Port, logs and name.</param>
    /// <param name="version">Version of the program.</param>
    /// <param name="time">Clock for waiting; what is due is the database's to say.</param>
    public BeatHost(IReadOnlyList<ScheduleDeclaration>? declared, StoreSettings stores, ProcessSettings process, string version, TimeProvider time)
    {
        this.declared = declared;
        this.time = time;
        services = new ServiceCollection().AddConsoleLogs(process.JsonLogs, process.LogLevel, time).BuildServiceProvider();
        var loggers = services.GetRequiredService<ILoggerFactory>();
        logger = loggers.CreateLogger("TaskRunner.Beat");
        sync = new OutageLog("The declared schedules cannot be synced", time, logger);
        exporter = new PrometheusExporter(meter => ReferenceEquals(meter, metrics.Meter));
        postgres = new Postgres(stores.Database!);
        database = new DatabaseProbe(new Migrator(postgres), time);
        client = new RedisClient(stores.Redis!, $"{process.Name}-beat", time, loggers.CreateLogger("TaskRunner.Redis"));
        metrics.BrokerConnected = () => client.IsConnected;
        var loop = new LoopProgress("beat loop", LongestSilence, time);
        var observer = new BeatMetricsObserver(metrics, loop);
        var options = new BeatOptions { Name = process.Name, Version = version };
        beat = new BeatService(options, postgres, new RedisBroker(client, stores.Broker), observer, time, Random.Shared, logger);
        server = new ManagementServer(process.HttpPort, Health(loop, observer), exporter, loggers.CreateLogger("TaskRunner.Http"));
    }

    /// <summary>Ticks until the token is cancelled.</summary>
    public async Task RunAsync(Action<int>? listening, CancellationToken stopping)
    {
        await server.StartAsync(stopping);
        listening?.Invoke(server.Port);
        var probe = database.RunAsync(stopping);
        var connect = ConnectAsync(stopping);
        await SyncAsync(stopping);
        LogStarted(logger);
        await beat.RunAsync(stopping);
        await Task.WhenAll(probe, connect);
        await server.StopAsync(CancellationToken.None);
        LogStopped(logger);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await client.DisposeAsync();
        await postgres.DisposeAsync();
        exporter.Dispose();
        metrics.Dispose();
        await services.DisposeAsync();
    }

    /// <summary>Opens the connection ahead of the first tick; the client itself goes on trying.</summary>
    private async Task ConnectAsync(CancellationToken stopping)
    {
        while (!client.IsConnected && !stopping.IsCancellationRequested)
        {
            try
            {
                await client.ConnectAsync(stopping);
            }
            catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
            {
                // Readiness tells of it, and the client's log has the reason.
                await Task.Delay(SyncPause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Brings the declared schedules into the table before the first tick; waits for the database and its schema.</summary>
    private async Task SyncAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (declared is not null)
                {
                    var report = await new ScheduleSync(postgres).ApplyAsync(declared, stopping);
                    LogSynced(logger, report.Added.Count, report.Updated.Count, report.Removed.Count);
                }

                sync.Succeeded();
                synced.Set();
                return;
            }
            catch (DatabaseUnavailableException e)
            {
                sync.Failed(e);
                await Task.Delay(SyncPause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private HealthChecks Health(LoopProgress loop, BeatMetricsObserver observer)
    {
        var health = new HealthChecks();

        // Until the schedules are synced the loop has no turn to take: waiting for a database is no reason to restart.
        health.Liveness.Add(new HealthCheck(loop.Name, () => synced.Check() is null && observer.HasTurned ? loop.Check() : null));
        health.Startup.Add(synced);
        health.Readiness.Add(synced);
        health.Readiness.Add(new HealthCheck("broker", () => client.IsConnected ? null : "not connected"));
        health.Readiness.Add(new HealthCheck("database", () => database.Trouble));
        return health;
    }

    [LoggerMessage(LogLevel.Information, "Declared schedules are synced: {Added} added, {Updated} updated, {Removed} removed")]
    private static partial void LogSynced(ILogger logger, int added, int updated, int removed);

    [LoggerMessage(LogLevel.Information, "Beat starts: schedules come from the table taskrunner.schedules")]
    private static partial void LogStarted(ILogger logger);

    [LoggerMessage(LogLevel.Information, "Beat has stopped")]
    private static partial void LogStopped(ILogger logger);
}
