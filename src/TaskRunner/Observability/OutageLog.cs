using Microsoft.Extensions.Logging;

namespace TaskRunner.Observability;

/// <summary>Reports an outage as people want to read it: the first failure, then silence, then the recovery with its duration.</summary>
/// <param name="what">What does not work, as the start of a sentence: "Results cannot be written".</param>
internal sealed partial class OutageLog(string what, TimeProvider time, ILogger logger)
{
    private long since;

    /// <summary>Why it does not work now; null when it does.</summary>
    public string? Reason { get; private set; }

    public void Failed(Exception e)
    {
        Reason = e.Message;
        if (since == 0)
        {
            since = time.GetTimestamp();
            LogOutage(logger, what, e.Message);
        }
    }

    public void Succeeded()
    {
        if (since != 0)
        {
            LogRecovery(logger, what, time.GetElapsedTime(since).TotalSeconds);
            since = 0;
            Reason = null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{What}, retrying: {Reason}")]
    private static partial void LogOutage(ILogger logger, string what, string reason);

    [LoggerMessage(LogLevel.Information, "{What}: over after {Seconds:F1} s")]
    private static partial void LogRecovery(ILogger logger, string what, double seconds);
}
