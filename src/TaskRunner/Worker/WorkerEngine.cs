using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>
/// One worker: its connections, and the order in which its parts start and stop. Three connections: one for all commands,
/// one that sleeps in the broker, one for the heartbeat's thread.
/// </summary>
internal sealed partial class WorkerEngine : IAsyncDisposable
{
    private static readonly TimeSpan LastResults = TimeSpan.FromSeconds(3);

    private readonly WorkerOptions options;
    private readonly QueueFaults leaseFaults;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly RedisClient commands;
    private readonly RedisClient sleeper;
    private readonly CurrentPlan current;
    private readonly ControlFollower control;
    private readonly Heartbeater heartbeater;
    private readonly Fetcher fetcher;
    private readonly ResultRelay relay;
    private readonly Janitor? janitor;
    private readonly QueueKeeper keeper;
    private readonly GroupKeeper groups;
    private readonly PoolThreads threads;

    public WorkerEngine(
        TaskRegistry registry,
        IServiceProvider services,
        RedisOptions redis,
        BrokerOptions brokerOptions,
        IResultStore? results,
        WorkerOptions options,
        string version,
        IWorkerObserver observer,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        this.options = options;
        this.time = time;
        logger = loggers.CreateLogger("TaskRunner.Worker");
        Loops = new LoopSupervisor(time, loggers.CreateLogger("TaskRunner.Loops"));
        var redisLogger = loggers.CreateLogger("TaskRunner.Redis");

        // The heartbeat asks every two seconds: when it gets no answer, the others must not wait for theirs.
        var peers = new RedisPeerWatch();
        commands = new RedisClient(redis, $"{options.Name}-commands", time, redisLogger, peers, Loops.Loop("redis-commands"));
        sleeper = new RedisClient(redis, $"{options.Name}-sleeper", time, redisLogger, peers, Loops.Loop("redis-sleeper"));
        Broker = new RedisBroker(commands, brokerOptions);
        current = new CurrentPlan(WorkerPlan.Of(options));
        var lease = new WorkerLease(redis, $"{options.Name}-heartbeat", brokerOptions, () => current.LeasedQueues, options.Lease, time, redisLogger, [.. registry.Definitions.Select(d => new KnownTask(d.Name, d.RateLimit))], peers);
        leaseFaults = lease.Faults;
        control = new ControlFollower(current, lease, registry, options, version, time, loggers.CreateLogger("TaskRunner.Control"));
        heartbeater = new Heartbeater(lease, control, options, Loops.Loop("heartbeat"), time, loggers.CreateLogger("TaskRunner.Heartbeat"));
        var events = new WorkerEvents(observer, new WorkerTotals(time), logger);
        var flows = new FlowEnqueuer(Broker, time);
        var resultsLogger = loggers.CreateLogger("TaskRunner.Results");
        Aside = new AsideResults(resultsLogger);
        var flowsLogger = loggers.CreateLogger("TaskRunner.Flows");
        var crossing = new FlowRelay(Broker, flows, flowsLogger);
        var effects = new ResultEffects(Broker, crossing, results is not null, Aside);
        groups = new GroupKeeper(Broker, crossing, RedisBroker.GroupLook, time, flowsLogger);
        relay = new ResultRelay(Broker, results, effects, Aside, Loops.Loop("results"), () => heartbeater.Current.Name, () => current.LeasedQueues, time, resultsLogger);
        if (results is not null)
        {
            janitor = new Janitor(results, time, loggers.CreateLogger("TaskRunner.Janitor"));
        }

        events.Settled += relay.Wake;
        events.Ended += queue =>
        {
            effects.LookAgain(queue);
            relay.Wake();
        };
        events.Superseded += relay.NoteSuperseded;
        heartbeater.ResultsAdopted += () =>
        {
            effects.LookEverywhere();
            relay.Wake();
        };

        heartbeater.TasksRecovered += events.TasksRecovered;
        Abandoned = new AbandonedAttempts(options.Concurrency);
        var attempts = new AttemptCounter(Broker);
        keeper = new QueueKeeper(Broker, attempts, () => current.LeasedQueues, time, loggers.CreateLogger("TaskRunner.Queues"));
        Processor = new Processor(registry, services, brokerOptions, events, Abandoned, effects, flows, attempts, time, Random.Shared, loggers);
        fetcher = new Fetcher(
            Broker,
            new WakeListener(sleeper, brokerOptions, current, Broker.Faults),
            heartbeater,
            Processor,
            current,
            options,
            events,
            Loops.Loop("fetch"),
            time,
            loggers.CreateLogger("TaskRunner.Fetcher"));
        heartbeater.Reporting = () => events.Totals.Report(Math.Max(0, fetcher.Running - fetcher.Waiting), fetcher.Reserved);
        threads = new PoolThreads(() => current.Plan.Concurrency, () => fetcher.Running, Loops.Loop("threads"), loggers.CreateLogger("TaskRunner.Threads"));
    }

    public RedisBroker Broker { get; }

    /// <summary>The background loops of this worker; its host adds its own.</summary>
    public LoopSupervisor Loops { get; }

    /// <summary>Results that could not be dealt with.</summary>
    public AsideResults Aside { get; }

    /// <summary>Name of the current incarnation.</summary>
    public string Name => heartbeater.Current.Name;

    /// <summary>What it does now.</summary>
    public WorkerPlan Plan => current.Plan;

    /// <summary>Completes when `control` asked the worker to drain and end.</summary>
    public Task ShutdownAsked => control.ShutdownAsked;

    /// <summary>How many tasks run now.</summary>
    public int Running => fetcher.Running;

    /// <summary>Attempts that run on after their hard time limit.</summary>
    public AbandonedAttempts Abandoned { get; }

    /// <summary>Runs its attempts.</summary>
    public Processor Processor { get; }

    /// <summary>Accounts for all attempts.</summary>
    public AttemptLedger Attempts => Processor.Ledger;

    /// <summary>Whether a first lease was taken: the worker has started.</summary>
    public bool HasStarted => heartbeater.Taken.IsCompleted;

    /// <summary>Whether the broker knows this worker as alive.</summary>
    public bool HoldsLease => heartbeater.IsHeld;

    /// <summary>Why the broker, which answers, refuses what this worker asks; null when it does not.</summary>
    public string? BrokerRefusal => fetcher.Refusal ?? heartbeater.Refusal;

    /// <summary>
    /// Queues whose keys are not what they must be, by key, and work that the broker refuses by itself; null when there are none.
    /// </summary>
    public string? QueueTrouble => leaseFaults.Trouble(current.LeasedQueues) ?? Broker.Faults.Trouble(current.LeasedQueues);

    /// <summary>Why results are not written now; null when they are, or when none are kept.</summary>
    public string? ResultTrouble => relay.Trouble;

    /// <summary>Runs tasks until it is told to stop, then drains.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var workDone = new CancellationTokenSource();
        var housekeeping = Task.CompletedTask;
        try
        {
            heartbeater.Start();
            threads.Start();
            housekeeping = Task.WhenAll(
                relay.RunAsync(workDone.Token),
                keeper.RunAsync(Loops.Loop("queues"), workDone.Token),
                groups.RunAsync(Loops.Loop("groups"), workDone.Token),
                janitor?.RunAsync(Loops.Loop("janitor"), workDone.Token) ?? Task.CompletedTask);
            LogStarted(logger, options.Name, Plan.QueueText, Plan.Concurrency);
            var clean = await fetcher.RunAsync(stopping);
            LogDrained(logger, Name, clean);
        }
        finally
        {
            await EndAsync(workDone, housekeeping);
        }
    }

    public async ValueTask DisposeAsync()
    {
        threads.Dispose();
        heartbeater.Dispose();
        fetcher.Dispose();
        relay.Dispose();
        await commands.DisposeAsync();
        await sleeper.DisposeAsync();
    }

    /// <summary>Results last of all but the lease: they were settled by the drain, and the lease's end hands the rest to others. The lease is given up whatever fails before.</summary>
    private async Task EndAsync(CancellationTokenSource workDone, Task housekeeping)
    {
        try
        {
            await workDone.CancelAsync();
            await housekeeping.WaitAsync(LastResults, time);
            await WriteLastResultsAsync();
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            LogResultsLeft(logger, AsideResults.Describe(e));
        }
        finally
        {
            var released = await Task.Factory.StartNew(heartbeater.Stop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            LogStopped(logger, options.Name, released ?? 0);
        }
    }

    private async Task WriteLastResultsAsync()
    {
        if (!HasStarted)
        {
            return;
        }

        using var limit = new CancellationTokenSource(LastResults, time);
        relay.Wake();
        await relay.ApplyEffectsAsync(limit.Token);
        await relay.WriteAllAsync(limit.Token);
    }

    [LoggerMessage(LogLevel.Information, "Worker {Name} starts: queues {Queues}, concurrency {Concurrency}")]
    private static partial void LogStarted(ILogger logger, string name, string queues, int concurrency);

    [LoggerMessage(LogLevel.Information, "Worker {Name} is drained (every task finished: {Clean})")]
    private static partial void LogDrained(ILogger logger, string name, bool clean);

    [LoggerMessage(LogLevel.Information, "Worker {Name} has stopped; {Released} tasks were put back")]
    private static partial void LogStopped(ILogger logger, string name, int released);

    [LoggerMessage(LogLevel.Warning, "The last results stay in the broker for another worker: {Reason}")]
    private static partial void LogResultsLeft(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Debug, "Task {Task} {TaskId} of queue {Queue} succeeded in attempt {Attempt} after {Milliseconds:0.###} ms")]
    private static partial void LogSucceeded(ILogger logger, string task, Guid taskId, string queue, int attempt, double milliseconds);

    /// <summary>Passes on to the observer, counts for the reports, and tells the relay of settlements.</summary>
    private sealed class WorkerEvents(IWorkerObserver observer, WorkerTotals totals, ILogger logger) : IWorkerObserver
    {
        // Successes that the broker has not heard of yet: they are logged afterwards, so that no log stands between an end and its settlement.
        private readonly List<ProcessedTask> succeeded = [];

        public event Action<IReadOnlyCollection<string>>? Settled;

        public event Action<string>? Ended;

        public event Action<Settlement>? Superseded;

        public WorkerTotals Totals => totals;

        public void LoopTurned() => Tell(0, static (to, _) => to.LoopTurned());

        public void TasksFetched(string queue, int count) => Tell((queue, count), static (to, it) => to.TasksFetched(it.queue, it.count));

        public void TaskStarted(string queue, TimeSpan wait) => Tell((queue, wait), static (to, it) => to.TaskStarted(it.queue, it.wait));

        public void TaskFinished(ProcessedTask task)
        {
            totals.Count(task.Outcome);
            if (task.Outcome == TaskOutcome.Succeeded && logger.IsEnabled(LogLevel.Debug))
            {
                succeeded.Add(task);
            }

            Tell(task, static (to, it) => to.TaskFinished(it));
        }

        public void TaskSuperseded(Settlement late)
        {
            succeeded.RemoveAll(task => ReferenceEquals(task.Settlement, late));
            Superseded?.Invoke(late);
            Tell(late, static (to, it) => to.TaskSuperseded(it));
        }

        public void TasksEnded(string queue, TaskOutcome outcome, int count)
        {
            Ended?.Invoke(queue);
            Tell((queue, outcome, count), static (to, it) => to.TasksEnded(it.queue, it.outcome, it.count));
        }

        public void TasksRecovered(string queue, int count) => Tell((queue, count), static (to, it) => to.TasksRecovered(it.queue, it.count));

        public void TasksSettled(IReadOnlyCollection<string> queues)
        {
            Settled?.Invoke(queues);
            Tell(queues, static (to, it) => to.TasksSettled(it));
            foreach (var task in succeeded)
            {
                if (task.Message is { } message)
                {
                    LogSucceeded(logger, message.Task, message.Id, message.Queue, message.Attempt + 1, task.Duration.TotalMilliseconds);
                }
            }

            succeeded.Clear();
        }

        /// <summary>Listeners to metrics are code of the application: what they throw costs a measurement, and no loop.</summary>
        private void Tell<T>(T what, Action<IWorkerObserver, T> tell)
        {
            try
            {
                tell(observer, what);
            }
#pragma warning disable CA1031 // As the summary says.
            catch (Exception)
#pragma warning restore CA1031
            {
                // The measurement is lost.
            }
        }
    }
}
