using Microsoft.Extensions.Logging;
using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>
/// A client whose every step runs on the calling thread, so that it works when the thread pool has no thread to spare.
/// It connects when first used and again with the first call after a failure. For one thread at a time.
/// </summary>
/// <param name="options">Where the server is.</param>
/// <param name="connectionName">How the connection is called in CLIENT LIST and in the log.</param>
/// <param name="time">Clock for the log.</param>
/// <param name="logger">Gets one message when an outage begins and one when it ends.</param>
/// <param name="peers">Connections that end with this one when the server falls silent; null for none.</param>
/// <param name="patience">
/// How long it waits for a reply at first; null is <see cref="RedisOptions.CommandTimeout"/>. Each silence doubles it, up to that: a server may be busy
/// with one large message, and whoever breaks its connection early each time never gets the message.
/// </param>
internal sealed class BlockingRedisClient(
    RedisOptions options, string connectionName, TimeProvider time, ILogger logger, RedisPeerWatch? peers = null, TimeSpan? patience = null) : IDisposable
{
    private static readonly TimeSpan Forgiven = TimeSpan.FromMinutes(1);

    private readonly RedisOutage _outage = new(options.Endpoint, connectionName, time, logger);
    private readonly RedisSentinels _sentinels = new(options, connectionName, time);
    private RedisOptions? _server;
    private TimeSpan _lastHeard;
    private TimeSpan _lastLocated;
    private BlockingRedisConnection? _connection;
    private bool _isDisposed;
    private TimeSpan _lastSilence;
    private TimeSpan _patience = Shortest(options, patience);

    /// <summary>Runs one command.</summary>
    /// <exception cref="RedisServerException">The server answered with an error, or refused the login.</exception>
    /// <exception cref="RedisUnavailableException">No connection, no reply within <see cref="RedisOptions.CommandTimeout"/>, or a server that cannot serve now.</exception>
    public RespValue Execute(RedisCommand command) => RedisReplies.ValueOrThrow(Send(command)[0]);

    /// <summary>Runs commands with one write; an error is returned in the place of its reply.</summary>
    /// <inheritdoc cref="Execute(RedisCommand)"/>
    public RespValue[] Execute(IReadOnlyList<RedisCommand> commands) => commands.Count == 0 ? [] : Send(new RedisRequestList(commands));

    /// <summary>Runs scripts with one write; an error is returned in the place of its reply.</summary>
    /// <inheritdoc cref="Execute(RedisCommand)"/>
    public RespValue[] Evaluate(IReadOnlyList<LuaCall> calls)
    {
        if (calls.Count == 0)
        {
            return [];
        }

        var request = LuaCallList.ByHash(calls);
        var replies = Send(request);
        if (request.Unknown(replies) is { } unknown)
        {
            LuaCallList.Merge(replies, Send(unknown));
        }

        return replies;
    }

    public void Dispose()
    {
        _isDisposed = true;
        Disconnect();
    }

    private RespValue[] Send(IRedisRequest request)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var asked = Now();
        try
        {
            LeaveUselessServer(asked);
            _connection ??= Connect();
            _patience = asked - _lastSilence > Forgiven ? Shortest(options, patience) : _patience;
            var replies = _connection.Send(request, _patience);
            _lastHeard = Now();
            return RedisReplies.Refusal(options, replies) is { } refusal ? throw refusal : replies;
        }
        catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
        {
            _outage.Failed(e.Message);
            Disconnect();
            if (e.InnerException is TimeoutException)
            {
                _lastSilence = asked;
                _patience = Shortest(options, _patience * 2);
                peers?.Silent(asked);
            }

            throw;
        }
    }

    /// <summary>Gives up a connection whose server fell silent for a sister connection, or was replaced by the sentinels.</summary>
    private void LeaveUselessServer(TimeSpan now)
    {
        if (_connection is null)
        {
            return;
        }

        if (peers?.IsSuspect(_lastHeard) == true)
        {
            Disconnect();
        }
        else if (_sentinels.IsUsed && now - _lastLocated >= RedisSentinels.PollInterval)
        {
            _lastLocated = now;
            LeaveReplacedMaster();
        }
    }

    private void LeaveReplacedMaster()
    {
        try
        {
            if (_sentinels.Locate().Endpoint != _server?.Endpoint)
            {
                Disconnect();
            }
        }
        catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
        {
            // Sentinels that are away are no reason to leave a master that serves.
        }
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private static TimeSpan Shortest(RedisOptions options, TimeSpan? wait) => wait < options.CommandTimeout ? wait.Value : options.CommandTimeout;

    private TimeSpan Now() => time.GetElapsedTime(0);

    private BlockingRedisConnection Connect()
    {
        _server = _sentinels.Locate();
        var connection = BlockingRedisConnection.Open(_server, connectionName, time);
        _lastHeard = Now();
        _lastLocated = _lastHeard;
        _outage.Connected(connection.Server);
        return connection;
    }
}
