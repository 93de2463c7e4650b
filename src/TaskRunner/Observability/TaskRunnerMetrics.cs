using System.Diagnostics.Metrics;

namespace TaskRunner.Observability;

/// <summary>What the program counts and measures, as methods named after what happened. Any thread may call them.</summary>
internal sealed class TaskRunnerMetrics : IDisposable
{
    private static readonly InstrumentAdvice<double> TaskSeconds = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
    };

    private readonly Meter _meter = new(MetricNames.Meter);
    private readonly Counter<long> _finished;
    private readonly Counter<long> _fetched;
    private readonly Counter<long> _redelivered;
    private readonly Counter<long> _enqueued;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _wait;
    private readonly UpDownCounter<long> _running;
    private readonly Counter<long> _ticks;
    private readonly Histogram<double> _tickLag;
    private readonly Counter<long> _caughtUp;
    private readonly Counter<long> _clockJumps;

    public TaskRunnerMetrics()
    {
        _finished = _meter.CreateCounter<long>(MetricNames.TasksFinished, null, "Attempts at tasks that ended, by outcome.");
        _fetched = _meter.CreateCounter<long>(MetricNames.TasksFetched, null, "Tasks taken from the queue by this worker.");
        _redelivered = _meter.CreateCounter<long>(MetricNames.TasksRedelivered, null, "Tasks taken back from workers that died.");
        _enqueued = _meter.CreateCounter<long>(MetricNames.TasksEnqueued, null, "Tasks put into the queue by this process.");
        _duration = _meter.CreateHistogram(MetricNames.TaskDuration, "s", "Time that attempts at tasks ran.", null, TaskSeconds);
        _wait = _meter.CreateHistogram(MetricNames.TaskWait, "s", "Time from enqueueing a task to its start.", null, TaskSeconds);
        _running = _meter.CreateUpDownCounter<long>(MetricNames.TasksRunning, null, "Tasks that this worker runs now.");
        _ticks = _meter.CreateCounter<long>(MetricNames.BeatTicks, null, "Ticks of schedules, by outcome.");
        _caughtUp = _meter.CreateCounter<long>(MetricNames.BeatCaughtUp, null, "Ticks that were missed, by what their schedule's catch-up policy made of them.");
        _clockJumps = _meter.CreateCounter<long>(MetricNames.BeatClockJumps, null, "Jumps of the database's clock, by direction.");
        _tickLag = _meter.CreateHistogram(MetricNames.BeatTickLag, "s", "Time from a tick's due time to its being enqueued.", null, TaskSeconds);
        _meter.CreateObservableGauge(MetricNames.WorkerConcurrency, () => Observe(WorkerConcurrency), null, "Tasks that this worker may run at once.");
        _meter.CreateObservableCounter(MetricNames.TasksAbandoned, () => Observe(AbandonedTotal), null, "Attempts that went over their hard time limit.");
        _meter.CreateObservableGauge(MetricNames.TasksAbandonedRunning, () => Observe(AbandonedNow), null, "Attempts that still run after their hard time limit.");
        _meter.CreateObservableCounter(MetricNames.AttemptsFaulted, () => Observe(AttemptsFaulted), null, "Attempts that ended without a settlement of their own; the worker settled them.");
        _meter.CreateObservableGauge(MetricNames.AttemptsUnaccounted, () => Observe(AttemptsUnaccounted), null, "Attempts that are neither settled nor alive: their slots are lost.");
        _meter.CreateObservableGauge(MetricNames.AttemptsLingering, () => Observe(AttemptsLingering), null, "Attempts that are settled and still hold a thread.");
        _meter.CreateObservableGauge(MetricNames.BrokerConnected, () => Observe(BrokerConnected), null, "1 when the broker is connected, else 0.");
        _meter.CreateObservableGauge(MetricNames.ResultsUnwritten, () => Observe(ResultsUnwritten), null, "Results that wait to be written to the database.");
        _meter.CreateObservableCounter(MetricNames.ResultsSetAside, ObserveAside, null, "Results that could not be dealt with and were set aside.");
        _meter.CreateObservableCounter(MetricNames.LoopFailures, ObserveLoops, null, "Unexpected failures of background loops.");
        _meter.CreateObservableGauge(MetricNames.LoopStep, ObserveLoopSteps, "s", "How long each background loop has been at its present step.");
        _meter.CreateObservableCounter(MetricNames.LogLinesLost, () => Observe(LogLinesLost), null, "Log lines that were dropped, because nobody read them.");
        _meter.CreateObservableGauge(MetricNames.QueueTasks, ObserveQueues, null, "Tasks in the queue, by state.");
        _meter.CreateObservableGauge(MetricNames.QueueWorkers, ObserveQueueWorkers, null, "Workers with a live lease on the queue.");
        _meter.CreateObservableGauge(MetricNames.QueueOldest, ObserveQueueAges, "s", "Time since the oldest ready task of the queue was enqueued.");
        _meter.CreateObservableGauge(MetricNames.BeatOverdue, ObserveOverdue, "s", "Time by which the latest schedule is overdue.");
        _meter.CreateObservableGauge(MetricNames.BeatRelayLag, () => Observe(BeatRelayLag), "s", "Age of the oldest tick that is to be enqueued.");
        _meter.CreateObservableGauge(MetricNames.BeatSchedules, ObserveSchedules, null, "Schedules, by state.");
    }

    public Meter Meter => _meter;

    /// <summary>Asked at every scrape, as the properties below; a metric whose property is null is not shown.</summary>
    public Func<long>? WorkerConcurrency { get; set; }

    public Func<long>? AbandonedNow { get; set; }

    public Func<long>? AbandonedTotal { get; set; }

    public Func<long>? AttemptsFaulted { get; set; }

    public Func<long>? AttemptsUnaccounted { get; set; }

    public Func<long>? AttemptsLingering { get; set; }

    public Func<bool>? BrokerConnected { get; set; }

    public Func<long>? ResultsUnwritten { get; set; }

    /// <summary>Results that were set aside, by queue.</summary>
    public Func<IReadOnlyDictionary<string, long>>? ResultsSetAside { get; set; }

    /// <summary>Unexpected failures by loop.</summary>
    public Func<IReadOnlyDictionary<string, long>>? LoopFailures { get; set; }

    /// <summary>How long each background loop has been at its present step, in seconds.</summary>
    public Func<IReadOnlyDictionary<string, double>>? LoopSteps { get; set; }

    public Func<long>? LogLinesLost { get; set; }

    public Func<IReadOnlyCollection<QueueTaskCount>>? QueueTasks { get; set; }

    /// <summary>Number of live workers by queue.</summary>
    public Func<IReadOnlyDictionary<string, long>>? QueueWorkers { get; set; }

    /// <summary>Age of the oldest ready task by queue.</summary>
    public Func<IReadOnlyDictionary<string, TimeSpan>>? QueueAges { get; set; }

    /// <summary>By how much the latest schedule is overdue; null when that is not known.</summary>
    public Func<TimeSpan?>? BeatOverdue { get; set; }

    /// <summary>Seconds since the oldest tick was written that is still to be enqueued.</summary>
    public Func<double>? BeatRelayLag { get; set; }

    /// <summary>Number of schedules by state, for example enabled and disabled.</summary>
    public Func<IReadOnlyDictionary<string, long>>? BeatSchedules { get; set; }

    /// <summary>Shows a queue's counters as zero before anything happens, so that a first event is seen as an increase.</summary>
    public void AddQueue(string queue)
    {
        _fetched.Add(0, Queue(queue));
        _redelivered.Add(0, Queue(queue));
        _enqueued.Add(0, Queue(queue));
    }

    public void Enqueued(string queue, int count) => _enqueued.Add(count, Queue(queue));

    public void Fetched(string queue, int count) => _fetched.Add(count, Queue(queue));

    public void Redelivered(string queue, int count) => _redelivered.Add(count, Queue(queue));

    /// <summary>An attempt begins; <see cref="Finished"/> must follow.</summary>
    /// <param name="queue">Queue that carried the task.</param>
    /// <param name="wait">Time since the task was enqueued; a negative one, from clocks apart, counts as zero.</param>
    public void Started(string queue, TimeSpan wait)
    {
        _running.Add(1);
        _wait.Record(Math.Max(0, wait.TotalSeconds), Queue(queue));
    }

    /// <summary>An attempt that had started ended.</summary>
    public void Finished(string queue, string task, TaskOutcome outcome, TimeSpan duration)
    {
        _running.Add(-1);
        _finished.Add(1, Queue(queue), Task(task), Outcome(outcome));
        _duration.Record(duration.TotalSeconds, Queue(queue), Task(task));
    }

    /// <summary>Tasks went back to their queue, to the dead set, or ended, without having started here.</summary>
    public void NotStarted(string queue, string task, TaskOutcome outcome, int count = 1) => _finished.Add(count, Queue(queue), Task(task), Outcome(outcome));

    /// <summary>A schedule's tick was dealt with.</summary>
    /// <param name="schedule">Name of the schedule.</param>
    /// <param name="outcome">What became of the tick.</param>
    /// <param name="lag">Time since the tick was due; recorded for ticks that were enqueued.</param>
    public void Ticked(string schedule, BeatTickOutcome outcome, TimeSpan lag)
    {
        _ticks.Add(1, new KeyValuePair<string, object?>("schedule", schedule), new KeyValuePair<string, object?>("outcome", Text(outcome)));
        if (outcome == BeatTickOutcome.Enqueued)
        {
            _tickLag.Record(Math.Max(0, lag.TotalSeconds));
        }
    }

    /// <summary>A schedule missed ticks, and its policy decided.</summary>
    /// <param name="schedule">Name of the schedule.</param>
    /// <param name="policy">The policy's word.</param>
    /// <param name="run">How many of them run.</param>
    /// <param name="dropped">How many are skipped.</param>
    public void CaughtUp(string schedule, string policy, int run, int dropped)
    {
        _caughtUp.Add(run, new KeyValuePair<string, object?>("policy", policy), new KeyValuePair<string, object?>("outcome", "run"));
        _caughtUp.Add(dropped, new KeyValuePair<string, object?>("policy", policy), new KeyValuePair<string, object?>("outcome", "dropped"));
        _ticks.Add(dropped, new KeyValuePair<string, object?>("schedule", schedule), new KeyValuePair<string, object?>("outcome", Text(BeatTickOutcome.Skipped)));
    }

    /// <summary>Counts a jump of the database's clock.</summary>
    /// <param name="by">How far: positive forward, negative back.</param>
    public void ClockJumped(TimeSpan by) => _clockJumps.Add(1, new KeyValuePair<string, object?>("direction", by > TimeSpan.Zero ? "forward" : "back"));

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Queue(string queue) => new("queue", queue);

    private static KeyValuePair<string, object?> Task(string task) => new("task", task);

    private static KeyValuePair<string, object?> Outcome(TaskOutcome outcome) => new("outcome", Text(outcome));

    private static string Text(TaskOutcome outcome) => outcome switch
    {
        TaskOutcome.Succeeded => "succeeded",
        TaskOutcome.Retried => "retried",
        TaskOutcome.Dead => "dead",
        TaskOutcome.Expired => "expired",
        TaskOutcome.Cancelled => "cancelled",
        TaskOutcome.Parked => "parked",
        _ => "released",
    };

    private static string Text(BeatTickOutcome outcome) => outcome switch
    {
        BeatTickOutcome.Enqueued => "enqueued",
        BeatTickOutcome.Duplicate => "duplicate",
        BeatTickOutcome.Skipped => "skipped",
        BeatTickOutcome.Buffered => "buffered",
        BeatTickOutcome.Resent => "resent",
        _ => "failed",
    };

    private static Measurement<long>[] Observe(Func<long>? read) => read is null ? [] : [new Measurement<long>(read())];

    private static Measurement<double>[] Observe(Func<double>? read) => read is null ? [] : [new Measurement<double>(read())];

    private static Measurement<long>[] Observe(Func<bool>? read) => read is null ? [] : [new Measurement<long>(read() ? 1 : 0)];

    private IEnumerable<Measurement<long>> ObserveQueues() =>
        QueueTasks?.Invoke().Select(count => new Measurement<long>(count.Count, Queue(count.Queue), new KeyValuePair<string, object?>("state", count.State))) ?? [];

    private IEnumerable<Measurement<long>> ObserveQueueWorkers() =>
        QueueWorkers?.Invoke().Select(pair => new Measurement<long>(pair.Value, Queue(pair.Key))) ?? [];

    private IEnumerable<Measurement<long>> ObserveAside() =>
        ResultsSetAside?.Invoke().Select(pair => new Measurement<long>(pair.Value, Queue(pair.Key))) ?? [];

    private IEnumerable<Measurement<long>> ObserveLoops() =>
        LoopFailures?.Invoke().Select(pair => new Measurement<long>(pair.Value, new KeyValuePair<string, object?>("loop", pair.Key))) ?? [];

    private IEnumerable<Measurement<double>> ObserveLoopSteps() =>
        LoopSteps?.Invoke().Select(pair => new Measurement<double>(pair.Value, new KeyValuePair<string, object?>("loop", pair.Key))) ?? [];

    private IEnumerable<Measurement<double>> ObserveQueueAges() =>
        QueueAges?.Invoke().Select(pair => new Measurement<double>(Math.Max(0, pair.Value.TotalSeconds), Queue(pair.Key))) ?? [];

    private Measurement<double>[] ObserveOverdue() => BeatOverdue?.Invoke() is { } overdue ? [new Measurement<double>(overdue.TotalSeconds)] : [];

    private IEnumerable<Measurement<long>> ObserveSchedules() =>
        BeatSchedules?.Invoke().Select(count => new Measurement<long>(count.Value, new KeyValuePair<string, object?>("state", count.Key))) ?? [];
}
