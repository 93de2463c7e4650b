namespace TaskRunner.Beat;

/// <summary>Why a tick was skipped, as it stands in the table <c>ticks</c>.</summary>
internal static class TickReason
{
    /// <summary>It was missed, and its schedule's catch-up policy drops such.</summary>
    public const string CatchUpSkip = "missed, catch-up skip";

    /// <summary>It was missed, and a newer one runs in its place.</summary>
    public const string CatchUpLatest = "missed, a newer tick runs instead";

    /// <summary>It was missed longer ago than its schedule's window.</summary>
    public const string CatchUpWindow = "missed, older than the catch-up window";

    /// <summary>More ticks were missed than its schedule's limit.</summary>
    public const string CatchUpLimit = "missed, over the catch-up limit";

    /// <summary>The task of an earlier tick had not finished.</summary>
    public const string Overlap = "the task of an earlier tick had not finished";

    /// <summary>The broker lost its task, and a later one has taken its place.</summary>
    public const string Superseded = "a later task took its place";

    /// <summary>Its task type is unique, and another task held the key.</summary>
    public const string KeyHeld = "another task held the unique key of its type";

    /// <summary>It could not be enqueued before its time was over.</summary>
    public const string Expired = "expired before it could be enqueued";

    /// <summary>Its schedule was removed before it could be enqueued.</summary>
    public const string Removed = "the schedule was removed";

    /// <summary>A broker was asked for its task, nobody noted the answer, and the broker has forgotten by now whether it had it.</summary>
    public const string Forgotten = "it may have run: the broker no longer remembers whether it accepted the task";
}
