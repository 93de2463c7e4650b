using Microsoft.Extensions.Logging;
using TaskRunner.Loops;
using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>
/// A connection that many callers share and that comes back by itself. Commands of all callers travel in one pipeline.
/// A command that blocks on the server (BLPOP) holds up everything behind it and so needs a client of its own.
/// Cancelling a caller ends its waiting, not the command.
/// </summary>
/// <param name="options">Where the server is.</param>
/// <param name="connectionName">How the connection is called in CLIENT LIST and in the log.</param>
/// <param name="time">Clock for deadlines and waits.</param>
/// <param name="logger">Gets one message when an outage begins and one when it ends.</param>
/// <param name="peers">Connections that end with this one when the server falls silent; null for none.</param>
/// <param name="loop">Supervises the loop that keeps the connection open; null for a supervisor of its own.</param>
internal sealed class RedisClient(RedisOptions options, string connectionName, TimeProvider time, ILogger logger, RedisPeerWatch? peers = null, SupervisedLoop? loop = null)
    : IAsyncDisposable
{
    private readonly RedisConnector _connector = new(options, connectionName, time, logger, peers, loop);

    public bool IsConnected => _connector.Current is not null;

    /// <summary>Kind and version of the server; null before the first connection and when the server does not tell.</summary>
    public RedisServerInfo? Server => _connector.Server;

    /// <summary>
    /// Connects, or throws what the first attempt met; attempts then go on in the background until disposal.
    /// Calling it is optional: the first command connects too.
    /// </summary>
    /// <exception cref="RedisUnavailableException">The server cannot be reached, or cannot serve now.</exception>
    /// <exception cref="RedisServerException">The server refused the login or the database.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken) => _connector.ConnectAsync(cancellationToken);

    /// <summary>Runs one command. Waits at most the timeout for a connection, and then at most as long for the reply.</summary>
    /// <param name="command">What to run.</param>
    /// <param name="cancellationToken">Ends the waiting; the command may run all the same.</param>
    /// <param name="timeout">Null is <see cref="RedisOptions.CommandTimeout"/>. A missed reply breaks the connection for all callers.</param>
    /// <exception cref="RedisServerException">The server answered with an error.</exception>
    /// <exception cref="RedisUnavailableException">There was no connection, no reply in time, or a server that cannot serve now.</exception>
    /// <param name="isDirect">Two changes of threads less for a caller who never blocks; see <see cref="RedisConnection.TrySend"/>.</param>
    public async Task<RespValue> ExecuteAsync(RedisCommand command, CancellationToken cancellationToken, TimeSpan? timeout = null, bool isDirect = false) =>
        RedisReplies.ValueOrThrow((await SendAsync(command, timeout, isDirect, cancellationToken))[0]);

    /// <summary>Runs commands with one write; an error is returned in the place of its reply. A script that the server does not know answers NOSCRIPT.</summary>
    /// <inheritdoc cref="ExecuteAsync(RedisCommand, CancellationToken, TimeSpan?, bool)"/>
    public Task<RespValue[]> ExecuteAsync(IReadOnlyList<IRedisRequest> commands, CancellationToken cancellationToken, TimeSpan? timeout = null, bool isDirect = false) =>
        SendAsync(new RedisRequestList(commands), timeout, isDirect, cancellationToken);

    /// <summary>Runs one script.</summary>
    /// <inheritdoc cref="ExecuteAsync(RedisCommand, CancellationToken, TimeSpan?, bool)"/>
    public async Task<RespValue> EvaluateAsync(LuaCall call, CancellationToken cancellationToken) =>
        RedisReplies.ValueOrThrow((await EvaluateAsync([call], cancellationToken))[0]);

    /// <summary>
    /// Runs scripts with one write; an error is returned in the place of its reply.
    /// Scripts that the server did not know run after all others, in their order.
    /// </summary>
    /// <exception cref="RedisUnavailableException">There was no connection, no reply in time, or a server that cannot serve now.</exception>
    public async Task<RespValue[]> EvaluateAsync(IReadOnlyList<LuaCall> calls, CancellationToken cancellationToken, bool isDirect = false)
    {
        var request = LuaCallList.ByHash(calls);
        var replies = await SendAsync(request, null, isDirect, cancellationToken);
        if (request.Unknown(replies) is { } unknown)
        {
            LuaCallList.Merge(replies, await SendUnknownAsync(unknown, replies.Length, cancellationToken));
        }

        return replies;
    }

    public ValueTask DisposeAsync() => _connector.DisposeAsync();

    private async Task<RespValue[]> SendUnknownAsync(LuaCallList unknown, int total, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(unknown, null, isDirect: false, cancellationToken);
        }
        catch (RedisUnavailableException e) when (!e.MayHaveExecuted && unknown.Count < total)
        {
            // The scripts that the server knew have run already.
            throw new RedisUnavailableException(e.Message, mayHaveExecuted: true, e);
        }
    }

    private async Task<RespValue[]> SendAsync(IRedisRequest request, TimeSpan? timeout, bool isDirect, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (request.Count == 0)
        {
            return [];
        }

        var limit = timeout ?? options.CommandTimeout;
        var began = time.GetTimestamp();
        while (true)
        {
            var left = limit - time.GetElapsedTime(began);
            var connection = await _connector.GetAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
            if (connection.TrySend(request, limit, isDirect) is { } sent)
            {
                var replies = await sent.WaitAsync(cancellationToken);
                if (RedisReplies.Refusal(options, replies) is { } refusal)
                {
                    connection.Break(refusal.Message);
                    throw refusal;
                }

                return replies;
            }
        }
    }
}
