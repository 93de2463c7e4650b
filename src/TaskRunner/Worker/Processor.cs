using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>Runs one attempt of one task and says what is to become of it.</summary>
internal sealed partial class Processor(TaskRegistry registry, IServiceProvider services, BrokerOptions broker, IWorkerObserver observer, AbandonedAttempts abandoned, ResultEffects effects, FlowEnqueuer flows, AttemptCounter attempts, TimeProvider time, Random random, ILoggerFactory loggers)
{
    private const int LongestError = 8 * 1024;

    private readonly ILogger logger = loggers.CreateLogger("TaskRunner.Task");

    /// <summary>Runs the attempt. Never throws: whatever user code does ends in a settlement.</summary>
    public async Task<ProcessedTask> RunAsync(Held held, string worker, CancellationToken ended)
    {
        TaskMessage message;
        try
        {
            message = Envelope.Read(held.Bytes, held.Queue);
        }
        catch (EnvelopeException e)
        {
            var remains = EnvelopeRemains.Of(held.Bytes);
            if ((e.NewerVersion ?? remains?.Version) is { } version && version > Envelope.Version)
            {
                LogParked(logger, held.Id, held.Queue, $"its message has version {version}");
                return new ProcessedTask(new Park(held.Id, held.Queue, held.Bytes, TaskKind.OfVersion(version)), null, TaskOutcome.Parked, TimeSpan.Zero);
            }

            LogUnreadable(logger, held.Id, held.Queue, e.Message);
            return new ProcessedTask(new Bury(held.Id, held.Queue, held.Bytes, Reason("unreadable", e.Message), UnreadableRecord(remains, held, worker, e.Message)), null, TaskOutcome.Dead, TimeSpan.Zero);
        }

        if (registry.Find(message.Task) is not { } definition)
        {
            LogParked(logger, held.Id, held.Queue, $"no task named '{message.Task}' is mapped in this worker");
            return new ProcessedTask(new Park(held.Id, held.Queue, held.Bytes, TaskKind.OfType(message.Task)), null, TaskOutcome.Parked, TimeSpan.Zero);
        }

        var startedAt = time.GetUtcNow();
        var started = time.GetTimestamp();
        if (message.EnqueuedAt == DateTimeOffset.UnixEpoch)
        {
            // A producer that does not send the time says nothing of the wait.
            message = message with { EnqueuedAt = startedAt };
        }

        observer.TaskStarted(message.Queue, startedAt - message.EnqueuedAt);
        var (settlement, outcome) = await RunAsync(new Attempt(held, message, worker, startedAt), definition, ended);
        if (broker.RetryBudget > 0)
        {
            attempts.Count(message.Queue);
        }

        return new ProcessedTask(settlement, message, outcome, time.GetElapsedTime(started));
    }

    private async Task<(Settlement Settlement, TaskOutcome Outcome)> RunAsync(Attempt attempt, TaskDefinition definition, CancellationToken ended)
    {
        var message = attempt.Message;
        using var log = logger.BeginScope(new TaskLogScope(message.Id, message.Task, message.Queue, message.Attempt + 1));
        using var activity = Tracing.StartAttempt(message);
        try
        {
            var output = await (definition.HardTimeLimit is { } hard ? RunAbandonableAsync(message, definition, hard, ended) : HandleAsync(message, definition, ended));
            if (output?.Length > broker.MaxPayloadBytes)
            {
                return GiveUp(attempt, "failed", $"The output has {output.Length:N0} characters, the limit is {broker.MaxPayloadBytes:N0} bytes (TASKRUNNER_MAX_PAYLOAD_BYTES).");
            }

            return (new Acknowledge(attempt.Held, Record(attempt, TaskState.Succeeded, output, null)), TaskOutcome.Succeeded);
        }
#pragma warning disable CA1031 // This is where user code's exceptions end: each becomes a retry, a dead task or a release.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (ended.IsCancellationRequested)
            {
                return (new Release(attempt.Held.Id, message.Queue), TaskOutcome.Released);
            }

            Tracing.Fail(activity, e);
            return Fail(attempt, definition, e, activity?.Id);
        }
    }

    private async ValueTask<string?> HandleAsync(TaskMessage message, TaskDefinition definition, CancellationToken ended)
    {
        using var limit = definition.TimeLimit is { } longest ? new CancellationTokenSource(longest, time) : null;
        using var linked = limit is null ? null : CancellationTokenSource.CreateLinkedTokenSource(ended, limit.Token);
        await using var scope = services.CreateAsyncScope();
        try
        {
            return await definition.Run(new TaskContext(message, scope.ServiceProvider, logger, flows), linked?.Token ?? ended);
        }
        catch (OperationCanceledException e) when (limit is { IsCancellationRequested: true } && !ended.IsCancellationRequested)
        {
            throw new TimeoutException($"The task did not finish within its time limit of {definition.TimeLimit}.", e);
        }
    }

    /// <summary>Runs the handler on another thread, since it may block, and turns away from it when its hard limit is over.</summary>
    private async ValueTask<string?> RunAbandonableAsync(TaskMessage message, TaskDefinition definition, TimeSpan hard, CancellationToken ended)
    {
        var work = Task.Run(() => HandleAsync(message, definition, ended).AsTask(), CancellationToken.None);
        await ((Task)work).WaitAsync(hard, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (work.IsCompleted)
        {
            return await work;
        }

        abandoned.Add(work);
        LogAbandoned(logger, message.Task, message.Id, hard.TotalSeconds);
        throw new TimeoutException($"The task did not end within its hard time limit of {hard}; the attempt was abandoned.");
    }

    private (Settlement Settlement, TaskOutcome Outcome) Fail(Attempt attempt, TaskDefinition definition, Exception e, string? span)
    {
        var message = attempt.Message;
        var error = Describe(e);
        if (definition.WaitAfter(e, message.Attempt + 1, random) is not { } wait)
        {
            LogDead(logger, message.Task, message.Id, message.Attempt + 1, e);
            return GiveUp(attempt, "failed", error);
        }

        LogRetry(logger, message.Task, message.Id, message.Attempt + 1, wait.TotalSeconds, e);
        var trace = message.Trace is { } known && span is not null ? known with { Link = span } : message.Trace;
        var next = Envelope.Write(message with { Attempt = message.Attempt + 1, Trace = trace });
        var over = broker.RetryBudget == 0 ? null : Over(attempt, error);
        return (new Retry(attempt.Held.Id, message.Queue, next, wait, Record(attempt, TaskState.Retrying, null, error), over), TaskOutcome.Retried);
    }

    private Bury Over(Attempt attempt, string error)
    {
        var text = $"{error} (Not tried again: the retries of queue '{attempt.Message.Queue}' are over their budget of {broker.RetryBudget} % of its attempts.)";
        return new Bury(attempt.Held.Id, attempt.Message.Queue, attempt.Held.Bytes, Reason("retry-budget", text), Record(attempt, TaskState.Dead, null, text));
    }

    private (Settlement Settlement, TaskOutcome Outcome) GiveUp(Attempt attempt, string reason, string error) =>
        (new Bury(attempt.Held.Id, attempt.Message.Queue, attempt.Held.Bytes, Reason(reason, error), Record(attempt, TaskState.Dead, null, error)), TaskOutcome.Dead);

    /// <summary>The result of a message that cannot be read: who waits for it hears of it, and the flow that it belongs to has its error step run.</summary>
    private byte[] UnreadableRecord(EnvelopeRemains? remains, Held held, string worker, string reason)
    {
        if (remains is null || !(broker.KeepResults || remains.Flow is not null || remains.KeepResult > TimeSpan.Zero))
        {
            return [];
        }

        if (remains.Flow is not null || remains.KeepResult > TimeSpan.Zero)
        {
            effects.Expect(held.Queue);
        }

        var now = time.GetUtcNow();
        var result = new TaskResult
        {
            Id = remains.Id,
            Task = remains.Task,
            Queue = held.Queue,
            State = TaskState.Dead,
            Error = "unreadable: " + reason,
            Attempts = remains.Attempt,
            Redeliveries = held.Redeliveries,
            Worker = worker,
            EnqueuedAt = remains.EnqueuedAt == DateTimeOffset.UnixEpoch ? now : remains.EnqueuedAt,
            FinishedAt = now,
        };
        return ResultRecord.Write(result, remains.Flow, remains.KeepResult);
    }

    private byte[] Record(Attempt attempt, TaskState state, string? output, string? error)
    {
        // A retry is no end: nothing follows it, and nobody waits for it.
        var flow = state == TaskState.Retrying ? null : attempt.Message.Flow;
        var keep = state == TaskState.Retrying ? TimeSpan.Zero : attempt.Message.KeepResult;
        if (flow is not null || keep > TimeSpan.Zero)
        {
            effects.Expect(attempt.Message.Queue);
        }

        return broker.KeepResults || flow is not null || keep > TimeSpan.Zero ? ResultRecord.Write(Result(attempt, state, output, error), flow, keep) : [];
    }

    private TaskResult Result(Attempt attempt, TaskState state, string? output, string? error) => new()
    {
        Id = attempt.Message.Id,
        Task = attempt.Message.Task,
        Queue = attempt.Message.Queue,
        State = state,
        Output = output,
        Error = error,
        Attempts = attempt.Message.Attempt + 1,
        Redeliveries = attempt.Message.Redeliveries,
        Worker = attempt.Worker,
        EnqueuedAt = attempt.Message.EnqueuedAt,
        StartedAt = attempt.StartedAt,
        FinishedAt = time.GetUtcNow(),
    };

    private static byte[] Reason(string reason, string error) => JsonSerializer.SerializeToUtf8Bytes(new DeadReason(reason, error), BrokerJson.Default.DeadReason);

    private static string Describe(Exception e)
    {
        var text = e is PermanentFailureException ? e.Message : $"{e.GetType().Name}: {e.Message}";
        return text.Length <= LongestError ? text : text[..LongestError];
    }

    [LoggerMessage(LogLevel.Warning, "Task {Id} of queue {Queue} is parked until a worker comes that can run it: {Reason}")]
    private static partial void LogParked(ILogger logger, string id, string queue, string reason);

    [LoggerMessage(LogLevel.Error, "Task {Task} {Id} went over its hard time limit of {Seconds} s and is abandoned; it goes on in this process until it ends by itself")]
    private static partial void LogAbandoned(ILogger logger, string task, Guid id, double seconds);

    [LoggerMessage(LogLevel.Error, "A message in queue {Queue} starting with {Id} cannot be read and goes to the dead set: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string id, string queue, string reason);

    [LoggerMessage(LogLevel.Warning, "Task {Task} {Id} failed in attempt {Attempt}, next one in {Seconds:F1} s")]
    private static partial void LogRetry(ILogger logger, string task, Guid id, int attempt, double seconds, Exception reason);

    [LoggerMessage(LogLevel.Error, "Task {Task} {Id} failed in attempt {Attempt} and goes to the dead set")]
    private static partial void LogDead(ILogger logger, string task, Guid id, int attempt, Exception reason);

    private sealed record Attempt(Held Held, TaskMessage Message, string Worker, DateTimeOffset StartedAt);
}
