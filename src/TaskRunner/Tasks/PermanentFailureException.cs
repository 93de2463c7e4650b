namespace TaskRunner;

/// <summary>Thrown by a task that knows that another attempt would fail too: it goes to the dead set at once, whatever retries are left.</summary>
public sealed class PermanentFailureException(string message, Exception? innerException = null) : Exception(message, innerException);
