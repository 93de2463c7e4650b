namespace TaskRunner.Results;

/// <summary>PostgreSQL cannot be reached or refused the request: try again later.</summary>
public sealed class DatabaseUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
