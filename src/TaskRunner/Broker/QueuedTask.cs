using TaskRunner.Results;

namespace TaskRunner.Broker;

/// <summary>A task that is listed where it waits.</summary>
/// <param name="Id">Its id with dashes; as it is where it is not an id.</param>
/// <param name="Task">Its type; null when the message cannot be read.</param>
/// <param name="Queue">The queue.</param>
/// <param name="Priority">0 (lowest) to 9 (highest).</param>
/// <param name="Attempts">Attempts that were begun.</param>
/// <param name="EnqueuedAt">When it was enqueued; null when the message cannot be read.</param>
/// <param name="WaitsFor">What a parked task waits for; null for one that is ready.</param>
internal sealed record QueuedTask(string Id, string? Task, string Queue, int Priority, int Attempts, DateTimeOffset? EnqueuedAt, string? WaitsFor);

/// <summary>Where a task is that has no final result, and why it is there.</summary>
/// <param name="Task">What is known of it.</param>
/// <param name="Why">One sentence for people; null where the state says it all.</param>
internal sealed record TaskPlace(TaskResult Task, string? Why);

/// <summary>The one place that says what a message amounts to as a result.</summary>
internal static class MessageResult
{
    /// <summary>Attempts that were begun: those that failed, and the one that runs or was the last.</summary>
    public static int Attempts(TaskMessage message, TaskState state) => message.Attempt + (state is TaskState.Running or TaskState.Dead ? 1 : 0);

    public static TaskResult Of(TaskMessage message, TaskState state) => new()
    {
        Id = message.Id,
        Task = message.Task,
        Queue = message.Queue,
        State = state,
        Attempts = Attempts(message, state),
        Redeliveries = message.Redeliveries,
        EnqueuedAt = message.EnqueuedAt,
    };
}

/// <summary>Times as they stand in the broker, where producers and people may write any number.</summary>
internal static class BrokerTime
{
    /// <summary>The time of a score in milliseconds since the epoch; the first or the last one that can be told where it is out of range.</summary>
    public static DateTimeOffset Of(double milliseconds) => milliseconds switch
    {
        double.NaN => DateTimeOffset.MinValue,
        <= -62_135_596_800_000d => DateTimeOffset.MinValue,
        >= 253_402_300_799_999d => DateTimeOffset.MaxValue,
        _ => DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds),
    };
}
