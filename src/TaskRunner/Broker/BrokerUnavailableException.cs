namespace TaskRunner.Broker;

/// <summary>The broker cannot be reached or did not answer in time: try again later.</summary>
public sealed class BrokerUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
