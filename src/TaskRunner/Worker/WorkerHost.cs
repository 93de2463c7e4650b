using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Database;
using TaskRunner.Kubernetes;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>The worker process: the engine, its health, its metrics and its endpoints.</summary>
internal sealed class WorkerHost : IAsyncDisposable
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(20);

    private readonly ServiceProvider services;
    private readonly Postgres? postgres;
    private readonly WorkerEngine engine;
    private readonly DatabaseProbe? databaseProbe;
    private readonly TaskRunnerMetrics metrics = new();
    private readonly PrometheusExporter exporter;
    private readonly ManagementServer server;
    private readonly PodApi? podApi;
    private readonly DeletionCost? deletionCost;
    private readonly ServerProbe broker;
    private CancellationToken stop;

    public WorkerHost(TaskRegistry registry, IServiceCollection collection, StoreSettings stores, ProcessSettings process, WorkerOptions options, PodOptions? pod, string version, TimeProvider time)
    {
        services = collection.AddConsoleLogs(process.JsonLogs, process.LogLevel, time).BuildServiceProvider();
        var loggers = services.GetRequiredService<ILoggerFactory>();
        exporter = new PrometheusExporter(meter => ReferenceEquals(meter, metrics.Meter));
        PostgresResultStore? results = null;
        if (stores.Database is { } database)
        {
            postgres = new Postgres(database);
            results = new PostgresResultStore(postgres, stores.ResultTimeToLive, loggers.CreateLogger("TaskRunner.Results"));
            databaseProbe = new DatabaseProbe(postgres, time, loggers.CreateLogger("TaskRunner.Database"));
        }

        broker = new ServerProbe(stores.Redis!, stores.Broker, time, loggers.CreateLogger("TaskRunner.Broker"));
        var loop = new LoopProgress("fetch loop", LongestSilence, time);
        engine = new WorkerEngine(registry, services, stores.Redis!, stores.Broker, results, options, version, new WorkerMetricsObserver(metrics, loop, registry), time, loggers);
        metrics.WorkerConcurrency = () => engine.Plan.Concurrency;
        metrics.AbandonedNow = () => engine.Abandoned.Now;
        metrics.AbandonedTotal = () => engine.Abandoned.Total;
        metrics.AttemptsFaulted = () => engine.Attempts.Faulted;
        metrics.AttemptsUnaccounted = () => engine.Attempts.Unaccounted;
        metrics.AttemptsLingering = () => engine.Attempts.Lingering;
        metrics.LoopFailures = () => engine.Loops.Failures;
        metrics.LoopSteps = () => engine.Loops.AtStep;
        metrics.ResultsSetAside = () => engine.Aside.Counts;
        metrics.LogLinesLost = services.LostLogLines();
        services.GetRequiredService<LogOutput>().Loop = engine.Loops.Loop("log");
        metrics.BrokerConnected = () => engine.Broker.IsConnected;
        foreach (var queue in options.Queues)
        {
            metrics.AddQueue(queue.Name);
        }

        var gauge = new QueueGauge(engine.Broker, () => engine.Name, () => [.. engine.Plan.Queues.Select(q => q.Name)], time);
        metrics.ResultsUnwritten = stores.Database is null ? null : () => gauge.UnwrittenResults;
        metrics.QueueTasks = () => gauge.Counts;
        metrics.QueueWorkers = () => gauge.Workers;
        metrics.QueueAges = () => gauge.Ages;
        server = new ManagementServer(process.HttpPort, Health(loop), exporter, loggers.CreateLogger("TaskRunner.Http"), token => engine.Loops.Loop("gauges").TryAsync("read", gauge.ReadAsync, token));
        if (pod is not null)
        {
            podApi = new PodApi(pod);
            deletionCost = new DeletionCost(podApi, () => engine.Running, time, loggers.CreateLogger("TaskRunner.Kubernetes"));
        }
    }

    /// <summary>The background loops of the process.</summary>
    public LoopSupervisor Loops => engine.Loops;

    /// <summary>Runs until the token is cancelled, then drains.</summary>
    /// <param name="listening">Told the port once the endpoints answer.</param>
    /// <param name="stopping">Asks the worker to stop.</param>
    public async Task RunAsync(Action<int>? listening, CancellationToken stopping)
    {
        using var told = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        stop = told.Token;
        await server.StartAsync(stopping);
        listening?.Invoke(server.Port);

        // First of all: readiness names a database that is away also while the broker is.
        using var probing = new CancellationTokenSource();
        var probe = databaseProbe?.RunAsync(Loops.Loop("database"), probing.Token) ?? Task.CompletedTask;
        try
        {
            if (await CheckBrokerAsync(stopping))
            {
                await WorkAsync(told);
            }
        }
        finally
        {
            await probing.CancelAsync();
            await probe;
        }
    }

    private async Task WorkAsync(CancellationTokenSource told)
    {
        var telling = deletionCost?.RunAsync(Loops.Loop("deletion-cost"), told.Token) ?? Task.CompletedTask;
        var work = engine.RunAsync(told.Token);
        await Task.WhenAny(work, engine.ShutdownAsked);
        await told.CancelAsync();
        await work;
        await telling;
        await server.StopAsync(CancellationToken.None);
    }

    /// <summary>Waits for a server and makes sure that tasks are safe in it; false when the worker was told to stop first.</summary>
    private async Task<bool> CheckBrokerAsync(CancellationToken stopping)
    {
        try
        {
            await Loops.Loop("broker-check").RunToEndAsync(broker.CheckAsync, stopping, static e => e is UnfitServerException);
            return !stopping.IsCancellationRequested;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The lease first: whatever fails to close, it is given up.
        await using var logs = services;
        using var meter = metrics;
        using var scrapes = exporter;
        using var pod = podApi;
        await using var database = postgres;
        await using var endpoints = server;
        await engine.DisposeAsync();
    }

    /// <summary>Liveness asks the process about itself only: a store that is away is no reason to restart it.</summary>
    private HealthChecks Health(LoopProgress loop)
    {
        var health = new HealthChecks();
        health.Liveness.Add(loop);
        health.Liveness.Add(new HealthCheck("loops", () => engine.Loops.Trouble));
        health.Liveness.Add(new HealthCheck("abandoned attempts", () => engine.Abandoned.Trouble));
        health.Liveness.Add(new HealthCheck("attempts", () => engine.Attempts.Trouble));
        health.Startup.Add(new HealthCheck("broker", () => engine.HasStarted ? null : "no lease was taken yet: is the broker reachable?"));
        health.Readiness.Add(new HealthCheck("worker", () => stop.IsCancellationRequested ? "it drains" : null));
        health.Readiness.Add(new HealthCheck("abandoned attempts", () => engine.Abandoned.Trouble));
        health.Readiness.Add(new HealthCheck("broker", () => (engine.Broker.IsConnected, engine.HoldsLease) switch
        {
            (false, _) => "not connected",
            (_, false) => "the lease is not held",
            _ => engine.BrokerRefusal,
        }));
        health.Readiness.Add(new HealthCheck("queues", () => engine.QueueTrouble));
        if (databaseProbe is { } database)
        {
            health.Readiness.Add(new HealthCheck("database", () => database.Trouble));
            health.Readiness.Add(new HealthCheck("results", () => engine.ResultTrouble));
        }

        return health;
    }
}
