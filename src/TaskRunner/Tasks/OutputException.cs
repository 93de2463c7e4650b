namespace TaskRunner;

/// <summary>A task did its work and returned an output that cannot be written: another attempt would repeat the work and fail in the same way.</summary>
internal sealed class OutputException(string message, Exception? innerException = null) : Exception(message, innerException);
