using Microsoft.Extensions.Logging;

namespace TaskRunner.Redis;

/// <summary>Logs an outage when it begins and when it ends, and nothing between.</summary>
internal sealed partial class RedisOutage(string endpoint, string connectionName, TimeProvider time, ILogger logger)
{
    private long _since;
    private bool _isDown;

    public void Failed(string reason)
    {
        if (_isDown)
        {
            return;
        }

        _isDown = true;
        _since = time.GetTimestamp();
        LogDown(logger, connectionName, reason);
    }

    public void Connected(RedisServerInfo? server)
    {
        if (!_isDown)
        {
            LogConnected(logger, connectionName, endpoint, server);
            return;
        }

        _isDown = false;
        LogRecovered(logger, connectionName, endpoint, server, time.GetElapsedTime(_since).TotalSeconds);
    }

    [LoggerMessage(LogLevel.Warning, "Connection {Connection} is down and will be retried: {Reason}")]
    private static partial void LogDown(ILogger logger, string connection, string reason);

    [LoggerMessage(LogLevel.Debug, "Connection {Connection} to {Server} at {Endpoint} is up")]
    private static partial void LogConnected(ILogger logger, string connection, string endpoint, RedisServerInfo? server);

    [LoggerMessage(LogLevel.Information, "Connection {Connection} to {Server} at {Endpoint} is up again after {DowntimeSeconds:0.0} s")]
    private static partial void LogRecovered(ILogger logger, string connection, string endpoint, RedisServerInfo? server, double downtimeSeconds);
}
