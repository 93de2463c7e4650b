using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TaskRunner.Broker;

/// <summary>Why a queue is paused.</summary>
/// <param name="Reason">As it was given; null for none.</param>
/// <param name="By">Who paused it; null when it was done by hand.</param>
/// <param name="At">When, by the broker's clock.</param>
internal sealed record QueuePause(string? Reason, string? By, DateTimeOffset? At)
{
    /// <summary>The end of a sentence that says that a queue is paused: by whom, since when, why.</summary>
    public override string ToString() =>
        (By is { } by ? $" by {by}" : "") + (At is { } at ? $" since {at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}" : "") + (Reason is { } reason ? $": {reason}" : "");

    /// <summary>Reads what is in the queue's state; any other text was put there by hand and is the reason.</summary>
    public static QueuePause Read(byte[] value)
    {
        try
        {
            return JsonSerializer.Deserialize(value, BrokerJson.Default.QueuePause) ?? new QueuePause(null, null, null);
        }
        catch (JsonException)
        {
            return new QueuePause(Encoding.UTF8.GetString(value), null, null);
        }
    }
}

/// <summary>A rate limit that holds in a queue.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Task">The task type; null for the queue as a whole.</param>
/// <param name="Limit">The limit.</param>
/// <param name="ByHand">Whether it was set while running, not by the type's code.</param>
internal sealed record QueueRateLimit(string Queue, string? Task, RateLimit Limit, bool ByHand);

/// <summary>The broker's answer to a cancellation.</summary>
internal enum CancelStatus
{
    /// <summary>The task was delayed or parked and has ended.</summary>
    Cancelled,

    /// <summary>A worker runs it and will hear of it within about two seconds.</summary>
    Running,

    /// <summary>It is ready, or could not be found: should it ever be fetched, it ends instead of starting.</summary>
    Marked,

    /// <summary>It gave up already; nothing was changed.</summary>
    Dead,

    /// <summary>No queue knows it; nothing was changed.</summary>
    Unknown,
}
