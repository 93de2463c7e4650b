using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Database;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Redis;

namespace TaskRunner.Beat;

/// <summary>The beat process: the loop, its declared schedules, its health, its metrics and its endpoints.</summary>
internal sealed partial class BeatHost : IAsyncDisposable
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestRelayLag = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectPause = TimeSpan.FromSeconds(1);

    /// <summary>How long the first connection is waited for.</summary>
    // A beat that starts before its connection would take a broker that is well for one that was away, and look for all tasks of late.
    internal static readonly TimeSpan FirstConnect = TimeSpan.FromSeconds(5);

    private readonly TimeProvider time;
    private readonly ServiceProvider services;
    private readonly ILogger logger;
    private readonly Postgres postgres;
    private readonly DatabaseProbe database;
    private readonly RedisClient client;
    private readonly BeatService beat;
    private readonly QueueCounter? counter;
    private readonly TaskRunnerMetrics metrics = new();
    private readonly PrometheusExporter exporter;
    private readonly ManagementServer server;
    private readonly ServerProbe serverProbe;
    private readonly CancellationTokenSource ending = new();

    /// <param name="declared">The declared schedules; null leaves those of the table alone.</param>
    /// <param name="registry">The task types of this program, whose rules hold for ticks too.</param>
    /// <param name="queues">The queues whose state it shows.</param>
    /// <param name="tickTimeToLive">How long the rows of ticks are kept.</param>
    /// <param name="stores">Both stores.</param>
    /// <param name="process">Port, logs and name.</param>
    /// <param name="version">Version of the program.</param>
    /// <param name="time">Clock for waiting; what is due is the database's to say.</param>
    public BeatHost(DeclaredSet? declared, TaskRegistry registry, BeatQueues queues, TimeSpan tickTimeToLive, StoreSettings stores, ProcessSettings process, string version, TimeProvider time)
    {
        this.time = time;
        services = new ServiceCollection().AddConsoleLogs(process.JsonLogs, process.LogLevel, time).BuildServiceProvider();
        var loggers = services.GetRequiredService<ILoggerFactory>();
        logger = loggers.CreateLogger("TaskRunner.Beat");
        exporter = new PrometheusExporter(meter => ReferenceEquals(meter, metrics.Meter));
        Loops = new LoopSupervisor(time, loggers.CreateLogger("TaskRunner.Loops"));
        postgres = new Postgres(stores.Database! with { Registers = true });
        database = new DatabaseProbe(postgres, time, loggers.CreateLogger("TaskRunner.Database"));
        client = new RedisClient(stores.Redis!, $"{process.Name}-beat", time, loggers.CreateLogger("TaskRunner.Redis"), null, Loops.Loop("redis-commands"));
        serverProbe = new ServerProbe(stores.Redis!, stores.Broker, time, loggers.CreateLogger("TaskRunner.Broker"));
        metrics.LoopFailures = () => Loops.Failures;
        metrics.LoopSteps = () => Loops.AtStep;
        metrics.LogLinesLost = services.LostLogLines();
        services.GetRequiredService<LogOutput>().Loop = Loops.Loop("log");
        metrics.BrokerConnected = () => client.IsConnected;
        var loop = new LoopProgress("beat loop", LongestSilence, time);
        var observer = new BeatMetricsObserver(metrics, loop);
        var options = new BeatOptions
        {
            Name = process.Name,
            Version = version,
            Declared = declared?.Schedules,
            DeclaredSource = declared?.Source ?? "",
            DeclaredVersion = declared?.Version ?? 0,
            TickTimeToLive = tickTimeToLive,
            Registry = registry,
            Loops = Loops,
        };
        var broker = new RedisBroker(client, stores.Broker, metrics.Enqueued);
        counter = queues.Counts ? new QueueCounter(broker, queues.Names) : null;
        var gauge = new QueueGauge(broker, null, () => queues.Names, time);
        var overdue = new OverdueGauge(postgres, time);
        metrics.QueueTasks = () => gauge.Counts;
        metrics.QueueWorkers = () => gauge.Workers;
        metrics.QueueAges = () => gauge.Ages;
        metrics.BeatOverdue = () => overdue.Overdue;
        beat = new BeatService(options, postgres, broker, observer, time, Random.Shared, logger);
        server = new ManagementServer(process.HttpPort, Health(loop, observer), exporter, loggers.CreateLogger("TaskRunner.Http"), ReadGaugesAsync);

        Task ReadGaugesAsync(CancellationToken cancellationToken) =>
            Loops.Loop("gauges").TryAsync("read", token => Task.WhenAll(gauge.ReadAsync(token), overdue.ReadAsync(token)), cancellationToken);
    }

    /// <summary>The background loops of the process.</summary>
    public LoopSupervisor Loops { get; }

    /// <summary>Ticks until the token is cancelled.</summary>
    public async Task RunAsync(Action<int>? listening, CancellationToken stopping)
    {
        await server.StartAsync(stopping);
        listening?.Invoke(server.Port);
        await using var stop = stopping.UnsafeRegister(static ending => ((CancellationTokenSource)ending!).Cancel(), ending);
        var probe = database.RunAsync(Loops.Loop("database"), ending.Token);
        var connect = ConnectAsync();
        var counting = counter?.RunAsync(Loops.Loop("queue-counter"), ending.Token) ?? Task.CompletedTask;
        LogStarted(logger);
        await connect.WaitAsync(FirstConnect, time, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await beat.RunAsync(ending.Token);
        await Task.WhenAll(probe, connect, counting);
        await server.StopAsync(CancellationToken.None);
        LogStopped(logger);
    }

    public async ValueTask DisposeAsync()
    {
        using var end = ending;
        await using var logs = services;
        using var meter = metrics;
        using var scrapes = exporter;
        await using var tables = postgres;
        await using var connection = client;
        await server.DisposeAsync();
    }

    /// <summary>Checks the server and opens the connection ahead of the first tick; a server in which tasks are not safe ends the beat.</summary>
    private async Task ConnectAsync()
    {
        try
        {
            await Loops.Loop("broker-check").RunToEndAsync(CheckAsync, ending.Token, static e => e is UnfitServerException);
        }
        catch (UnfitServerException)
        {
            await ending.CancelAsync();
            throw;
        }
    }

    private async Task CheckAsync(CancellationToken stopping)
    {
        await serverProbe.CheckAsync(stopping);
        while (!client.IsConnected)
        {
            await TryConnectAsync(stopping);
        }
    }

    private async Task TryConnectAsync(CancellationToken stopping)
    {
        try
        {
            await client.ConnectAsync(stopping);
        }
        catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
        {
            // Readiness tells of it, the client's log has the reason, and the client itself goes on trying.
            await Task.Delay(ConnectPause, time, stopping);
        }
    }

    private HealthChecks Health(LoopProgress loop, BeatMetricsObserver observer)
    {
        var health = new HealthChecks();
        health.Liveness.Add(loop);
        health.Liveness.Add(new HealthCheck("loops", () => Loops.Trouble));
        health.Startup.Add(new HealthCheck("beat loop", () => observer.HasTurned ? null : "it has not come round yet"));
        health.Readiness.Add(new HealthCheck("broker", () => client.IsConnected ? null : "not connected"));
        health.Readiness.Add(new HealthCheck("database", () => database.Trouble));
        health.Readiness.Add(new HealthCheck("schedules", () => AheadProblem(observer.StuckAhead)));
        health.Readiness.Add(new HealthCheck("relay", () => LagProblem(observer.RelayLag)));
        return health;
    }

    private static string? AheadProblem(long count) =>
        count == 0 ? null : $"{count} schedules stand still: their next time was found while the clock of the database was ahead, and cannot be set right; see the log";

    private static string? LagProblem(TimeSpan lag) =>
        lag <= LongestRelayLag ? null : $"a tick has waited {lag.TotalSeconds:0} s to be enqueued, more than {LongestRelayLag.TotalSeconds:0} s";

    [LoggerMessage(LogLevel.Information, "Beat starts: schedules come from the table taskrunner.schedules")]
    private static partial void LogStarted(ILogger logger);

    [LoggerMessage(LogLevel.Information, "Beat has stopped")]
    private static partial void LogStopped(ILogger logger);
}
