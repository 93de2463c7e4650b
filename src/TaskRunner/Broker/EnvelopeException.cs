namespace TaskRunner.Broker;

/// <summary>A message in a queue is not one that this program can read; the sentence says what is wrong with it.</summary>
public sealed class EnvelopeException(string message, Exception? innerException = null) : Exception(message, innerException);
