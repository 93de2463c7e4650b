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
internal sealed class BlockingRedisClient(RedisOptions options, string connectionName, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly RedisOutage _outage = new(options.Endpoint, connectionName, time, logger);
    private BlockingRedisConnection? _connection;
    private bool _isDisposed;

    /// <summary>Runs one command.</summary>
    /// <exception cref="RedisServerException">The server answered with an error, or refused the login.</exception>
    /// <exception cref="RedisUnavailableException">No connection, no reply within <see cref="RedisOptions.CommandTimeout"/>, or a server that cannot serve now.</exception>
    public RespValue Execute(RedisCommand command) => RedisReplies.ValueOrThrow(Send(command)[0]);

    /// <summary>Runs commands with one write; an error is returned in the place of its reply.</summary>
    /// <inheritdoc cref="Execute(RedisCommand)"/>
    public RespValue[] Execute(IReadOnlyList<RedisCommand> commands) => commands.Count == 0 ? [] : Send(new RedisCommandList(commands));

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
        _connection?.Dispose();
        _connection = null;
    }

    private RespValue[] Send(IRedisRequest request)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            _connection ??= Connect();
            var replies = _connection.Send(request, options.CommandTimeout);
            return RedisReplies.Refusal(options, replies) is { } refusal ? throw refusal : replies;
        }
        catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
        {
            _outage.Failed(e.Message);
            _connection?.Dispose();
            _connection = null;
            throw;
        }
    }

    private BlockingRedisConnection Connect()
    {
        var connection = BlockingRedisConnection.Open(options, connectionName, time);
        _outage.Connected(connection.Server);
        return connection;
    }
}
