namespace TaskRunner.Broker;

/// <summary>The broker cannot be reached, did not answer in time or refused a command: try again later.</summary>
/// <param name="message">One sentence for people.</param>
/// <param name="outcomeUnknown">True when the command may have been carried out although no answer came.</param>
/// <param name="innerException">The cause.</param>
public class BrokerUnavailableException(string message, bool outcomeUnknown = false, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>True when the command may have been carried out although no answer came; false when nothing happened.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;
}
