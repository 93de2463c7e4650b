namespace TaskRunner.Beat;

/// <summary>The database did not write a row that it was given, and raised no error: a trigger that returns null, a rule, a policy.</summary>
/// <param name="message">What it keeps from happening, without a full stop.</param>
internal sealed class SilentRefusalException(string message) : Exception(message);
