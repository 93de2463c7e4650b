using System.Net.Sockets;
using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>One socket that is written and read by the thread that calls. After an exception it is of no more use.</summary>
internal sealed class BlockingRedisConnection : IDisposable
{
    private readonly RedisOptions _options;
    private readonly TimeProvider _time;
    private readonly Stream _stream;
    private readonly Socket _socket;
    private readonly RespParser _parser = new();
    private readonly RespWriter _writer = new();
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    private BlockingRedisConnection(Stream stream, Socket socket, RedisOptions options, TimeProvider time)
    {
        _stream = stream;
        _socket = socket;
        _options = options;
        _time = time;
    }

    public RedisServerInfo? Server { get; private set; }

    /// <exception cref="RedisUnavailableException">The server could not be reached, or cannot serve now.</exception>
    /// <exception cref="RedisServerException">The server refused the login or the database.</exception>
    public static BlockingRedisConnection Open(RedisOptions options, string name, TimeProvider time)
    {
        try
        {
            var stream = RedisSocket.Open(options, out var socket);
            return Greet(new BlockingRedisConnection(stream, socket, options, time), name);
        }
        catch (RedisUnavailableException e) when (e.MayHaveExecuted)
        {
            throw RedisFailures.DuringHandshake(e);
        }
        catch (Exception e) when (RedisFailures.IsConnectionFailure(e))
        {
            throw RedisFailures.Unreachable(options, e);
        }
    }

    public RespValue[] Send(IRedisRequest request, TimeSpan timeout)
    {
        var written = false;
        try
        {
            request.WriteTo(_writer);
            RedisSocket.SetTimeout(_socket, timeout);
            written = true;
            _stream.Write(_writer.Written.Span);
            _writer.Clear();
            return Receive(request.Count, timeout);
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock })
        {
            throw new RedisUnavailableException(RedisFailures.NoReply(_options, timeout), written, e);
        }
        catch (Exception e) when (RedisFailures.IsConnectionFailure(e))
        {
            throw new RedisUnavailableException(RedisFailures.Broken(_options, e), written, e);
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
        _writer.Release();
    }

    private static BlockingRedisConnection Greet(BlockingRedisConnection connection, string name)
    {
        try
        {
            var handshake = new RedisHandshake(connection._options, name);
            foreach (var step in handshake.Steps())
            {
                handshake.Reply = connection.Send(step, connection._options.ConnectTimeout)[0];
            }

            connection.Server = handshake.Server;
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private RespValue[] Receive(int count, TimeSpan timeout)
    {
        var began = _time.GetTimestamp();
        var replies = new RespValue[count];
        var filled = 0;
        while (filled < count)
        {
            if (_start == _end)
            {
                Fill(timeout - _time.GetElapsedTime(began), timeout);
            }

            var isComplete = _parser.TryRead(_buffer.AsSpan(_start, _end - _start), out var consumed, out var value);
            _start += consumed;
            if (isComplete && value.Type != RespType.Push)
            {
                replies[filled++] = value;
            }
        }

        return replies;
    }

    private void Fill(TimeSpan left, TimeSpan timeout)
    {
        if (left <= TimeSpan.Zero)
        {
            throw new RedisUnavailableException(RedisFailures.NoReply(_options, timeout), mayHaveExecuted: true);
        }

        RedisSocket.SetTimeout(_socket, left);
        _start = 0;
        _end = _stream.Read(_buffer);
        if (_end == 0)
        {
            throw new RedisUnavailableException(RedisFailures.Closed(_options), mayHaveExecuted: true);
        }
    }
}
