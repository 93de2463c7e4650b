namespace TaskRunner;

/// <summary>How failures of one type of exception are treated.</summary>
/// <param name="Exception">The type; exceptions derived from it count too.</param>
/// <param name="Retries">Attempts after the first one; null for those of the task.</param>
/// <param name="Backoff">The waits; null for those of the task.</param>
internal sealed record RetryRule(Type Exception, int? Retries, Backoff? Backoff);
