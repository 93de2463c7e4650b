using Microsoft.Extensions.Logging;

namespace TaskRunner.Beat;

/// <summary>Logs an outage once when it begins and once when it is over, with its duration; silence in between.</summary>
internal sealed partial class OutageLog(string what, TimeProvider time, ILogger logger)
{
    private long? began;

    public void Failed(Exception reason)
    {
        if (began is null)
        {
            began = time.GetTimestamp();
            LogBegan(logger, what, reason.Message);
        }
    }

    public void Recovered()
    {
        if (began is { } start)
        {
            began = null;
            LogOver(logger, what, time.GetElapsedTime(start).TotalSeconds);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Beat cannot use the {What} and tries again: {Reason}")]
    private static partial void LogBegan(ILogger logger, string what, string reason);

    [LoggerMessage(LogLevel.Information, "Beat uses the {What} again after {Seconds:0.0} s")]
    private static partial void LogOver(ILogger logger, string what, double seconds);
}
