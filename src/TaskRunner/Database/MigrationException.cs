namespace TaskRunner.Database;

/// <summary>The database and the program do not fit together; no retry helps, the message says what does.</summary>
public sealed class MigrationException(string message, Exception? innerException = null) : Exception(message, innerException);
