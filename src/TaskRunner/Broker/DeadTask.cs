using System.Text.Json;

namespace TaskRunner.Broker;

/// <summary>A task that gave up.</summary>
/// <param name="Id">Its id, as the broker knows it: 32 hexadecimal digits, unless the message cannot be read.</param>
/// <param name="Task">Its type; null when the message cannot be read.</param>
/// <param name="Queue">The queue that keeps it.</param>
/// <param name="Priority">0 (lowest) to 9 (highest).</param>
/// <param name="Reason">failed, crash-loop, retry-budget, unreadable.</param>
/// <param name="Error">Its last error.</param>
/// <param name="Attempts">Attempts that were made.</param>
/// <param name="Redeliveries">How often it was taken back from a worker that died.</param>
/// <param name="EnqueuedAt">When it was enqueued; null when the message cannot be read.</param>
/// <param name="DiedAt">When it gave up.</param>
/// <param name="Bytes">Length of its message.</param>
internal sealed record DeadTask(
    string Id, string? Task, string Queue, int Priority, string Reason, string Error, int Attempts, int Redeliveries, DateTimeOffset? EnqueuedAt, DateTimeOffset DiedAt, int Bytes)
{
    /// <summary>Where the last error was thrown; null when nothing is known.</summary>
    public string? Stack { get; init; }

    /// <summary>The message as it was when the task gave up.</summary>
    internal byte[] Message { get; init; } = [];

    /// <summary>The arguments; null when the message cannot be read.</summary>
    internal JsonElement? Arguments { get; init; }
}

/// <summary>Which dead tasks are meant; what is not set holds for all.</summary>
internal sealed record DeadFilter
{
    /// <summary>The queue; null for all.</summary>
    public string? Queue { get; init; }

    /// <summary>Ids in the broker's form; empty for all.</summary>
    public IReadOnlyCollection<string> Ids { get; init; } = [];

    /// <summary>The type of the task.</summary>
    public string? Task { get; init; }

    /// <summary>The reason.</summary>
    public string? Reason { get; init; }

    /// <summary>Part of the error, upper and lower case alike.</summary>
    public string? Text { get; init; }

    /// <summary>Dead for at least this long.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Dead for at most this long.</summary>
    public TimeSpan? NewerThan { get; init; }

    /// <summary>Whether it holds for every task.</summary>
    public bool IsEmpty => this is { Queue: null, Ids.Count: 0, Task: null, Reason: null, Text: null, OlderThan: null, NewerThan: null };

    public bool Fits(DeadTask task) =>
        (Ids.Count == 0 || Ids.Contains(task.Id))
        && (Task is null || Task == task.Task)
        && (Reason is null || Reason == task.Reason)
        && (Text is null || task.Error.Contains(Text, StringComparison.OrdinalIgnoreCase));
}
