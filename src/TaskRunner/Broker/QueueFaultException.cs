namespace TaskRunner.Broker;

/// <summary>A command failed because of what one queue's keys hold, not because of the server: other queues go on.</summary>
/// <param name="queue">The queue.</param>
/// <param name="message">One sentence that names queue and key.</param>
/// <param name="isWrongType">Whether a key has another type: nothing can be in it that belongs there.</param>
internal sealed class QueueFaultException(string queue, string message, bool isWrongType) : BrokerUnavailableException(message, outcomeUnknown: true)
{
    public string Queue => queue;

    public bool IsWrongType => isWrongType;
}
