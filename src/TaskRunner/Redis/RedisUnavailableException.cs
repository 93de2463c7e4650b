namespace TaskRunner.Redis;

/// <summary>The server cannot be reached, did not answer in time or cannot serve now: try again later.</summary>
/// <param name="message">One sentence.</param>
/// <param name="mayHaveExecuted">False when the server certainly ran none of the commands.</param>
/// <param name="innerException">What went wrong below.</param>
public sealed class RedisUnavailableException(string message, bool mayHaveExecuted, Exception? innerException = null)
    : Exception(message, innerException)
{
    public bool MayHaveExecuted { get; } = mayHaveExecuted;
}
