namespace TaskRunner.Beat;

/// <summary>The database refuses a schedule as it was to be written: by a constraint or a trigger.</summary>
public sealed class ScheduleRefusedException(string message, Exception? innerException = null) : Exception(message, innerException);
