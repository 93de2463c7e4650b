namespace TaskRunner.Observability;

/// <summary>
/// Every instrument of the meter. Prometheus shows dots as underscores, the unit s as <c>_seconds</c> and a counter with <c>_total</c>:
/// <c>taskrunner.task.duration</c> becomes <c>taskrunner_task_duration_seconds</c>.
/// </summary>
internal static class MetricNames
{
    public const string Meter = "TaskRunner";

    public const string TasksFinished = "taskrunner.tasks.finished";
    public const string TasksFetched = "taskrunner.tasks.fetched";
    public const string TasksRedelivered = "taskrunner.tasks.redelivered";
    public const string TasksEnqueued = "taskrunner.tasks.enqueued";
    public const string TaskDuration = "taskrunner.task.duration";
    public const string TaskWait = "taskrunner.task.wait";
    public const string TasksRunning = "taskrunner.tasks.running";
    public const string TasksAbandoned = "taskrunner.tasks.abandoned";
    public const string TasksAbandonedRunning = "taskrunner.tasks.abandoned.running";
    public const string AttemptsFaulted = "taskrunner.attempts.faulted";
    public const string AttemptsUnaccounted = "taskrunner.attempts.unaccounted";
    public const string AttemptsLingering = "taskrunner.attempts.lingering";
    public const string WorkerConcurrency = "taskrunner.worker.concurrency";
    public const string QueueTasks = "taskrunner.queue.tasks";
    public const string QueueWorkers = "taskrunner.queue.workers";
    public const string QueueOldest = "taskrunner.queue.oldest";
    public const string BrokerConnected = "taskrunner.broker.connected";
    public const string ResultsUnwritten = "taskrunner.results.unwritten";
    public const string ResultsSetAside = "taskrunner.results.set.aside";
    public const string LoopFailures = "taskrunner.loop.failures";
    public const string LoopStep = "taskrunner.loop.step";
    public const string LogLinesLost = "taskrunner.log.lines.lost";
    public const string BeatTicks = "taskrunner.beat.ticks";
    public const string BeatTickLag = "taskrunner.beat.tick.lag";
    public const string BeatRelayLag = "taskrunner.beat.relay.lag";
    public const string BeatCaughtUp = "taskrunner.beat.caught.up";
    public const string BeatSchedules = "taskrunner.beat.schedules";
    public const string BeatOverdue = "taskrunner.beat.overdue";
    public const string BeatClockJumps = "taskrunner.beat.clock.jumps";
}
