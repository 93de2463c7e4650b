using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Worker;

/// <summary>Says what is to become of a task whose attempt is over. No code of the application runs here.</summary>
internal sealed class AttemptSettlements(BrokerOptions broker, ResultEffects effects, TimeProvider time, Random random)
{
    /// <summary>From this length on, in bytes, a message may be too large to be written once more when memory is short.</summary>
    private const int LargeMessage = 256 * 1024;

    private static readonly byte[] NoMemoryReason = Reason("failed", new Failure("The attempt failed, and memory was too short to say how."));

    public ProcessedTask Succeed(Attempt attempt, string? output) =>
        Processed(attempt, new Acknowledge(attempt.Held, Record(attempt, TaskState.Succeeded, output, null)), TaskOutcome.Succeeded);

    /// <summary>Somebody cancelled it: it ends as cancelled, whatever its attempt came to.</summary>
    public ProcessedTask Cancel(Attempt attempt) =>
        Processed(attempt, new Acknowledge(attempt.Held, Record(attempt, TaskState.Cancelled, null, new Failure("It was cancelled while it ran."))), TaskOutcome.Cancelled);

    public ProcessedTask Release(Attempt attempt) => Processed(attempt, new Release(attempt.Held.Id, attempt.Message.Queue), TaskOutcome.Released);

    /// <summary>It failed: it runs again or is dead.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="thrown">What was thrown, for the rules of its type.</param>
    /// <param name="failure">The same in words.</param>
    /// <param name="wait">How long it waits; null when it is dead.</param>
    public ProcessedTask Fail(Attempt attempt, Exception thrown, Failure failure, out TimeSpan? wait)
    {
        wait = attempt.Definition.WaitAfter(thrown, attempt.Message.Attempt + 1, random);
        try
        {
            return wait is { } pause ? Retry(attempt, pause, failure) : GiveUp(attempt, failure);
        }
        catch (OutOfMemoryException)
        {
            // The message is too large to be written anew. The broker has it.
            wait = null;
            return GiveUp(attempt, failure.With("(Not tried again: memory is too short to write the message of its next attempt.)"));
        }
    }

    public ProcessedTask GiveUp(Attempt attempt, Failure failure) => Processed(attempt, Bury(attempt, "failed", failure), TaskOutcome.Dead);

    /// <summary>The last resort: settles by the raw bytes, with a text that is there already and no result.</summary>
    public static ProcessedTask Bury(Held held, TaskMessage? message) =>
        new(new Bury(held.Id, held.Queue, held.Bytes, NoMemoryReason, []), message, TaskOutcome.Dead, TimeSpan.Zero);

    /// <summary>A message that cannot be read. Who waits for its task hears of it, and the flow that it belongs to has its error step run, as far as its bytes say so.</summary>
    /// <param name="held">The message.</param>
    /// <param name="remains">What can be read of it; null when not even its id can.</param>
    /// <param name="worker">The incarnation that holds it.</param>
    /// <param name="why">Why it cannot be read.</param>
    public ProcessedTask BuryUnreadable(Held held, EnvelopeRemains? remains, string worker, string why)
    {
        var bury = new Bury(held.Id, held.Queue, held.Bytes, Reason("unreadable", new Failure(why)), UnreadableRecord(held, remains, worker, why));
        return new ProcessedTask(bury, null, TaskOutcome.Dead, TimeSpan.Zero);
    }

    public static byte[] Reason(string reason, Failure failure) =>
        JsonSerializer.SerializeToUtf8Bytes(new DeadReason(reason, failure.Error) { Stack = failure.Stack }, BrokerJson.Default.DeadReason);

    private ProcessedTask Retry(Attempt attempt, TimeSpan wait, Failure failure)
    {
        var message = attempt.Message;
        var trace = message.Trace is { } known && attempt.Span is not null ? known with { Link = attempt.Span } : message.Trace;
        var next = Envelope.Write(message with { Attempt = message.Attempt + 1, Trace = trace });
        var over = broker.RetryBudget == 0
            ? null
            : Bury(attempt, "retry-budget", failure.With($"(Not tried again: the retries of queue '{message.Queue}' are over their budget of {broker.RetryBudget} % of its attempts.)"));
        var tooLarge = next.Length < LargeMessage ? null : Bury(attempt, "failed", failure.With("(Not tried again: memory is too short to send the message of its next attempt.)"));
        var retry = new Retry(attempt.Held.Id, message.Queue, next, wait, Record(attempt, TaskState.Retrying, null, failure), over) { TooLarge = tooLarge };
        return Processed(attempt, retry, TaskOutcome.Retried);
    }

    private Bury Bury(Attempt attempt, string reason, Failure failure) =>
        new(attempt.Held.Id, attempt.Message.Queue, attempt.Held.Bytes, Reason(reason, failure), Record(attempt, TaskState.Dead, null, failure));

    private ProcessedTask Processed(Attempt attempt, Settlement settlement, TaskOutcome outcome) =>
        new(settlement, attempt.Message, outcome, time.GetElapsedTime(attempt.Started));

    private byte[] Record(Attempt attempt, TaskState state, string? output, Failure? failure)
    {
        // A retry is no end: nothing follows it, and nobody waits for it.
        var flow = state == TaskState.Retrying ? null : attempt.Message.Flow;
        var keep = state == TaskState.Retrying ? TimeSpan.Zero : attempt.Message.KeepResult;
        if (flow is not null || keep > TimeSpan.Zero)
        {
            effects.Expect(attempt.Message.Queue);
        }

        return broker.KeepResults || flow is not null || keep > TimeSpan.Zero ? ResultRecord.Write(Result(attempt, state, output, failure), flow, keep) : [];
    }

    private byte[] UnreadableRecord(Held held, EnvelopeRemains? remains, string worker, string why)
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
            Error = "unreadable: " + why,
            Attempts = remains.Attempt,
            Redeliveries = held.Redeliveries,
            Worker = worker,
            EnqueuedAt = remains.EnqueuedAt == DateTimeOffset.UnixEpoch ? now : remains.EnqueuedAt,
            FinishedAt = now,
        };
        return ResultRecord.Write(result, remains.Flow, remains.KeepResult);
    }

    private TaskResult Result(Attempt attempt, TaskState state, string? output, Failure? failure) => new()
    {
        Id = attempt.Message.Id,
        Task = attempt.Message.Task,
        Queue = attempt.Message.Queue,
        State = state,
        Output = output,
        Error = failure?.Error,
        Stack = failure?.Stack,
        Attempts = attempt.Message.Attempt + 1,
        Redeliveries = attempt.Message.Redeliveries,
        Worker = attempt.Worker,
        EnqueuedAt = attempt.Message.EnqueuedAt,
        StartedAt = attempt.StartedAt,
        FinishedAt = time.GetUtcNow(),
    };
}
