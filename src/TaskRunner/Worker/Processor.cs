using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Observability;

namespace TaskRunner.Worker;

/// <summary>
/// Runs one attempt of one task and says what is to become of it. It settles first and tells afterwards: logs, spans and metrics may throw or block, and never stand between
/// the end of an attempt and its settlement.
/// </summary>
internal sealed partial class Processor
{
    private readonly TaskRegistry registry;
    private readonly IServiceProvider services;
    private readonly BrokerOptions broker;
    private readonly IWorkerObserver observer;
    private readonly AbandonedAttempts abandoned;
    private readonly FlowEnqueuer flows;
    private readonly AttemptCounter attempts;
    private readonly TimeProvider time;
    private readonly SafeLogger log;
    private readonly AttemptSettlements settlements;

    public Processor(
        TaskRegistry registry,
        IServiceProvider services,
        BrokerOptions broker,
        IWorkerObserver observer,
        AbandonedAttempts abandoned,
        ResultEffects effects,
        FlowEnqueuer flows,
        AttemptCounter attempts,
        TimeProvider time,
        Random random,
        ILoggerFactory loggers)
    {
        this.registry = registry;
        this.services = services;
        this.broker = broker;
        this.observer = observer;
        this.abandoned = abandoned;
        this.flows = flows;
        this.attempts = attempts;
        this.time = time;
        log = new SafeLogger(loggers.CreateLogger("TaskRunner.Task"));
        settlements = new AttemptSettlements(broker, effects, time, random);
        Ledger = new AttemptLedger(abandoned.Most, time, log);
    }

    /// <summary>Accounts for all attempts.</summary>
    public AttemptLedger Ledger { get; }

    /// <summary>Gives an attempt a thread: into the pool's common queue, in the order of the fetch, so that what blocks there holds up no other task.</summary>
    public Action<RunningTask> Schedule { get; set; } = static task => ThreadPool.UnsafeQueueUserWorkItem(task, preferLocal: false);

    /// <summary>A timestamp of the clock.</summary>
    public long Now => time.GetTimestamp();

    /// <summary>Runs the attempt. Never throws: whatever code of the application does ends in a settlement.</summary>
    public async Task RunAsync(RunningTask task)
    {
        if (!task.TryMove(AttemptPhase.Waiting, AttemptPhase.Starting))
        {
            // It was settled before it got a thread, or got two.
            return;
        }

        try
        {
            await StartAsync(task);
        }
#pragma warning disable CA1031 // The outermost catch of an attempt: what comes here leaves it without a settlement, which the loop then makes.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // Not even a log line: memory may have run out.
            task.Cause = e;
        }
        finally
        {
            task.Leave();
        }
    }

    /// <summary>The settlement of an attempt that does not come to one by itself: it left its thread with an exception, or code of the application around the handler does not return.</summary>
    /// <returns>Null when the attempt is on its way.</returns>
    public ProcessedTask? StandIn(RunningTask task)
    {
        var isFaulted = task.Phase == AttemptPhase.Faulted;
        if (!isFaulted && !task.IsOverdue(time, Ledger.Patience))
        {
            return null;
        }

        try
        {
            return StandIn(task, isFaulted);
        }
        catch (OutOfMemoryException)
        {
            return AttemptSettlements.Bury(task.Held, task.Attempt?.Message);
        }
    }

    private ProcessedTask StandIn(RunningTask task, bool isFaulted)
    {
        if (task.Attempt is not { } attempt)
        {
            // Its message could not be read for want of memory; now it may.
            if (Judge(task, new LateLog(log), out var message, out var definition) is { } refused)
            {
                return refused;
            }

            attempt = new Attempt(task.Held, message!, definition!, task.Life.Name, time.GetUtcNow(), time.GetTimestamp());
        }

        if (task.IsCancelled)
        {
            return settlements.Cancel(attempt);
        }

        if (attempt.Output is { } output)
        {
            return settlements.Succeed(attempt, output.Json);
        }

        var seconds = Ledger.Patience.TotalSeconds;
        var (thrown, failure) = (attempt.Thrown, isFaulted) switch
        {
            ({ } e, true) => (e, new Failure($"{e.GetType().Name} (it could not be described: {task.Cause?.GetType().Name})")),
            ({ } e, false) => (e, new Failure($"{e.GetType().Name} (its text was not there after {seconds:0.#} s)")),
            (null, true) => (task.Cause ?? new InvalidOperationException(), new Failure($"The attempt ended without a result: {task.Cause?.GetType().Name}.")),
            _ when task.Conversion == Conversion.Arguments =>
                (new PermanentFailureException(""), new Failure($"The arguments were not read within {seconds:0.#} s: a converter or a constructor does not return.")),
            _ when task.Conversion == Conversion.Output =>
                (new OutputException("", null), new Failure($"The task finished, but its output was not written as JSON within {seconds:0.#} s: a converter or a property does not return.")),
            _ => (new InvalidOperationException(), new Failure($"The attempt did not start within {seconds:0.#} s: a log provider, a listener to spans or to metrics does not return.")),
        };
        return settlements.Fail(attempt, thrown, failure, out _);
    }

    private async Task StartAsync(RunningTask task)
    {
        var late = new LateLog(log);
        if (Judge(task, late, out var message, out var definition) is { } refused)
        {
            task.TryEnd(refused);
            late.Flush();
            return;
        }

        var attempt = new Attempt(task.Held, message!, definition!, task.Life.Name, time.GetUtcNow(), time.GetTimestamp());
        if (message!.EnqueuedAt == DateTimeOffset.UnixEpoch)
        {
            // A producer that does not send the time says nothing of the wait.
            attempt = attempt with { Message = message with { EnqueuedAt = attempt.StartedAt } };
        }

        task.Attempt = attempt;
        observer.TaskStarted(attempt.Message.Queue, attempt.StartedAt - attempt.Message.EnqueuedAt);
        using var scope = log.BeginScope(new TaskLogScope(attempt.Message.Id, attempt.Message.Task, attempt.Message.Queue, attempt.Message.Attempt + 1));
        var activity = StartSpan(attempt);
        if (task.TryMove(AttemptPhase.Starting, AttemptPhase.Running))
        {
            var (processed, failure) = await RunAsync(task, attempt, late);
            if (broker.RetryBudget > 0)
            {
                attempts.Count(attempt.Message.Queue);
            }

            task.TryEnd(processed);
            EndSpan(activity, failure);
            late.Flush();
        }
    }

    private async Task<(ProcessedTask Processed, Failure? Failure)> RunAsync(RunningTask task, Attempt attempt, LateLog late)
    {
        var ended = task.Token;
        try
        {
            var run = attempt.Definition.HardTimeLimit is { } hard ? RunAbandonableAsync(task, attempt, hard, late) : HandleAsync(task, attempt, late);
            var output = await run;
            TaskOutput.ThrowIfOver(output, broker.MaxPayloadBytes);
            task.TryMove(AttemptPhase.Running, AttemptPhase.Ending);
            return (task.IsCancelled ? settlements.Cancel(attempt) : settlements.Succeed(attempt, output), null);
        }
#pragma warning disable CA1031 // This is where user code's exceptions end: each becomes a retry, a dead task or a release.
        catch (Exception e)
#pragma warning restore CA1031
        {
            attempt.End(e);
            task.TryMove(AttemptPhase.Running, AttemptPhase.Ending);
            if (task.IsCancelled)
            {
                return (settlements.Cancel(attempt), null);
            }

            if (ended.IsCancellationRequested && e is not OutputException)
            {
                return (settlements.Release(attempt), null);
            }

            // Code of the application runs here, for the last time before the settlement.
            var failure = FailureText.Of(e);
            var processed = settlements.Fail(attempt, e, failure, out var wait);
            if (wait is { } pause)
            {
                LogRetry(late, attempt.Message.Task, attempt.Message.Id, attempt.Message.Attempt + 1, pause.TotalSeconds, failure.Logged);
            }
            else
            {
                LogDead(late, attempt.Message.Task, attempt.Message.Id, attempt.Message.Attempt + 1, failure.Logged);
            }

            return (processed, failure);
        }
    }

    /// <summary>Reads the message and finds its handler.</summary>
    /// <returns>What becomes of a task that cannot run here; null for one that can.</returns>
    private ProcessedTask? Judge(RunningTask task, ILogger logger, out TaskMessage? message, out TaskDefinition? definition)
    {
        var held = task.Held;
        definition = null;
        try
        {
            message = Envelope.Read(held.Bytes, held.Queue);
        }
        catch (EnvelopeException e)
        {
            message = null;
            var remains = EnvelopeRemains.Of(held.Bytes);
            if ((e.NewerVersion ?? remains?.Version) is { } version && version > Envelope.Version)
            {
                LogParked(logger, held.Id, held.Queue, $"its message has version {version}");
                return new ProcessedTask(new Park(held.Id, held.Queue, held.Bytes, TaskKind.OfVersion(version)), null, TaskOutcome.Parked, TimeSpan.Zero);
            }

            LogUnreadable(logger, held.Id, held.Queue, e.Message);
            return settlements.BuryUnreadable(held, remains, task.Life.Name, e.Message);
        }

        definition = registry.Find(message.Task);
        if (definition is not null)
        {
            return null;
        }

        LogParked(logger, held.Id, held.Queue, $"no task named '{message.Task}' is mapped in this worker");
        return new ProcessedTask(new Park(held.Id, held.Queue, held.Bytes, TaskKind.OfType(message.Task)), null, TaskOutcome.Parked, TimeSpan.Zero);
    }

    private async ValueTask<string?> HandleAsync(RunningTask task, Attempt attempt, LateLog late)
    {
        var (message, definition, ended) = (attempt.Message, attempt.Definition, task.Token);
        using var limit = definition.TimeLimit is { } longest ? new AttemptLimit(longest, time, ended) : null;
        var scope = services.CreateAsyncScope();
        try
        {
            var context = new TaskContext(message, scope.ServiceProvider, log, flows) { MaxOutputBytes = broker.MaxPayloadBytes, Conversions = task };
            var output = await definition.Run(context, limit?.Token ?? ended).ConfigureAwait(false);
            attempt.End(new Attempt.Returned(output));
            return output;
        }
        catch (Exception e)
        {
            attempt.End(e);
            if (limit is { IsOver: true } && !ended.IsCancellationRequested && ExceptionChain.Unwrap(e) is OperationCanceledException)
            {
                throw new TimeoutException($"The task did not finish within its time limit of {definition.TimeLimit}.", e);
            }

            throw;
        }
        finally
        {
            // With a hard limit the attempt may be settled, and another one of the task may run.
            task.TryMove(AttemptPhase.Running, AttemptPhase.Ending);
            await DisposeAsync(scope, message, late);
        }
    }

    /// <summary>A service that throws when it is disposed changes nothing: the handler has done its work, or has failed for a reason of its own.</summary>
    private static async ValueTask DisposeAsync(AsyncServiceScope scope, TaskMessage message, LateLog late)
    {
        try
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogDisposal(late, message.Task, message.Id, FailureText.Of(e).Logged);
        }
    }

    /// <summary>Runs the handler on another thread, since it may block, and turns away from it when its hard limit is over.</summary>
    private async ValueTask<string?> RunAbandonableAsync(RunningTask task, Attempt attempt, TimeSpan hard, LateLog late)
    {
        // Lines of its own: it may outlive the attempt.
        var lines = new LateLog(log);
        var work = Task.Run(() => HandleAsync(task, attempt, lines).AsTask(), CancellationToken.None);
        await ((Task)work).WaitAsync(hard, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (work.IsCompleted)
        {
            late.Follow(lines);
            return await work;
        }

        abandoned.Add(work);
        _ = work.ContinueWith(_ => lines.Flush(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (attempt.Output is { } returned)
        {
            // Only the disposal of its services goes on.
            return returned.Json;
        }

        LogAbandoned(late, attempt.Message.Task, attempt.Message.Id, hard.TotalSeconds);
        throw new TimeoutException($"The task did not end within its hard time limit of {hard}; the attempt was abandoned.");
    }

    private static Activity? StartSpan(Attempt attempt)
    {
        try
        {
            var activity = Tracing.StartAttempt(attempt.Message);
            attempt.Span = activity?.Id;
            return activity;
        }
#pragma warning disable CA1031 // Listeners to spans are code of the application: a task runs without a span rather than not at all.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    private static void EndSpan(Activity? activity, Failure? failure)
    {
        try
        {
            try
            {
                if (failure is not null)
                {
                    Tracing.Fail(activity, failure.Error, failure.Logged);
                }
            }
            finally
            {
                activity?.Dispose();
            }
        }
#pragma warning disable CA1031 // As above; the attempt is settled.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The span, or what it tells of the failure, is lost.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Task {Id} of queue {Queue} is parked until a worker comes that can run it: {Reason}")]
    private static partial void LogParked(ILogger logger, string id, string queue, string reason);

    [LoggerMessage(LogLevel.Error, "Task {Task} {Id} went over its hard time limit of {Seconds} s and is abandoned; it goes on in this process until it ends by itself")]
    private static partial void LogAbandoned(ILogger logger, string task, Guid id, double seconds);

    [LoggerMessage(LogLevel.Error, "A message in queue {Queue} starting with {Id} cannot be read and goes to the dead set: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string id, string queue, string reason);

    [LoggerMessage(LogLevel.Warning, "Task {Task} {Id} failed in attempt {Attempt}, next one in {Seconds:F1} s")]
    private static partial void LogRetry(ILogger logger, string task, Guid id, int attempt, double seconds, Exception? reason);

    [LoggerMessage(LogLevel.Error, "Task {Task} {Id} failed in attempt {Attempt} and goes to the dead set")]
    private static partial void LogDead(ILogger logger, string task, Guid id, int attempt, Exception? reason);

    [LoggerMessage(LogLevel.Error, "A service of task {Task} {Id} could not be disposed; how the attempt ended is not changed by that")]
    private static partial void LogDisposal(ILogger logger, string task, Guid id, Exception? reason);
}
