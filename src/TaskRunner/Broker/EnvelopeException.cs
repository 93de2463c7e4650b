namespace TaskRunner.Broker;

/// <summary>A message in a queue is not one that this program can read; the sentence says what is wrong with it.</summary>
public sealed class EnvelopeException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The version of the message when it is newer than what this program reads; null when something else is wrong.</summary>
    public int? NewerVersion { get; init; }
}
