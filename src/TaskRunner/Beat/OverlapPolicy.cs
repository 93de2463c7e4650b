namespace TaskRunner.Beat;

/// <summary>What becomes of a tick while the task of an earlier tick of the same schedule has not finished.</summary>
public enum OverlapPolicy
{
    /// <summary>Its task is enqueued all the same.</summary>
    Allow,

    /// <summary>It is skipped.</summary>
    Skip,

    /// <summary>One tick waits until that task has finished; further ones are skipped.</summary>
    Buffer,

    /// <summary>That task is cancelled, and the tick's own is enqueued.</summary>
    Cancel,
}
