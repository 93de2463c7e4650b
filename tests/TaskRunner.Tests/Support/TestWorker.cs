using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Broker;
using TaskRunner.Observability;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Worker;

namespace TaskRunner.Tests.Support;

/// <summary>A worker inside the test's process, with the tasks of an app.</summary>
internal sealed class TestWorker : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly ServiceProvider services;
    private readonly WorkerEngine engine;
    private readonly Task run;

    private TestWorker(TaskRunnerApp app, string url, BrokerOptions broker, WorkerOptions options, IResultStore? results, ILoggerFactory? loggers, bool remembers, TimeProvider time)
    {
        Observer = new RecordingObserver(remembers);
        services = app.Services.BuildServiceProvider();
        engine = new WorkerEngine(
            app.Registry, services, RedisOptions.Parse(url), broker, results, options, "test", Observer, time, loggers ?? NullLoggerFactory.Instance);
        run = Task.Run(() => engine.RunAsync(stopping.Token));
    }

    public RecordingObserver Observer { get; }

    public WorkerEngine Engine => engine;

    public string Name => engine.Name;

    /// <param name="remembers">Whether its observer keeps every task; a worker that runs for an hour must not.</param>
    /// <param name="time">Its clock; the machine's unless given.</param>
    /// <param name="loggers">Makes its loggers; none unless given.</param>
    public static TestWorker Start(
        TaskRunnerApp app, string url, BrokerHarness harness, Func<WorkerOptions, WorkerOptions>? change = null, IResultStore? results = null, ILogger? logger = null, bool remembers = true, TimeProvider? time = null,
        ILoggerFactory? loggers = null)
    {
        var options = new WorkerOptions { Name = "worker", Queues = [new QueueShare("default")], Concurrency = 4, Drain = TimeSpan.FromSeconds(20) };
        return new TestWorker(app, url, harness.Broker.Options, change?.Invoke(options) ?? options, results, loggers ?? (logger is null ? null : new OneLogger(logger)), remembers, time ?? TimeProvider.System);
    }

    public Task UntilStartedAsync() => Eventually.TrueAsync(() => engine.HasStarted);

    /// <summary>Asks it to stop, as SIGTERM does, and waits until it has.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await run;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await engine.DisposeAsync();
        await services.DisposeAsync();
        stopping.Dispose();
    }

    private sealed class OneLogger(ILogger logger) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("This factory has one logger.");

        public void Dispose()
        {
            // The logger belongs to the test.
        }
    }
}

/// <summary>Remembers what a worker did.</summary>
internal sealed class RecordingObserver(bool remembers) : IWorkerObserver
{
    private int turns;
    private int recovered;

    public ConcurrentQueue<ProcessedTask> Finished { get; } = new();

    public ConcurrentQueue<TaskOutcome> Ended { get; } = new();

    /// <summary>What a listener to metrics does that is told of a start or an end.</summary>
    public Action? Misbehave { get; set; }

    /// <summary>What it does at each event, after it was noted.</summary>
    public Action? MisbehaveAlways { get; set; }

    public int Turns => Volatile.Read(ref turns);

    public int Recovered => Volatile.Read(ref recovered);

    public void LoopTurned()
    {
        Interlocked.Increment(ref turns);
        MisbehaveAlways?.Invoke();
    }

    // What was fetched shows in what finishes.
    public void TasksFetched(string queue, int count) => MisbehaveAlways?.Invoke();

    public void TaskStarted(string queue, TimeSpan wait)
    {
        Misbehave?.Invoke();
        MisbehaveAlways?.Invoke();
    }

    public void TaskFinished(ProcessedTask task)
    {
        Misbehave?.Invoke();
        if (remembers)
        {
            Finished.Enqueue(task);
        }

        MisbehaveAlways?.Invoke();
    }

    public void TasksEnded(string queue, TaskOutcome outcome, int count)
    {
        for (var i = 0; remembers && i < count; i++)
        {
            Ended.Enqueue(outcome);
        }

        MisbehaveAlways?.Invoke();
    }

    public void TasksRecovered(string queue, int count)
    {
        Interlocked.Add(ref recovered, count);
        MisbehaveAlways?.Invoke();
    }

    // The results show it.
    public void TasksSettled(IReadOnlyCollection<string> queues) => MisbehaveAlways?.Invoke();
}
