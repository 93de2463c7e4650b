using TaskRunner.Broker;

namespace TaskRunner;

/// <summary>The broker's answer to one enqueue.</summary>
/// <param name="Id">Identity of the task, by which its result is found.</param>
/// <param name="Status">Whether it is in its queue; anything but <see cref="EnqueueStatus.Accepted"/> is a refusal that added nothing.</param>
public readonly record struct EnqueuedTask(Guid Id, EnqueueStatus Status)
{
    /// <summary>Whether the task is in its queue.</summary>
    public bool IsAccepted => Status == EnqueueStatus.Accepted;
}
