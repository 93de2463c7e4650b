using System.Net.Security;
using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>One socket that is written and read by the thread that calls. After an exception it is of no more use.</summary>
internal sealed class BlockingRedisConnection : IDisposable
{
    private readonly RedisOptions _options;
    private readonly PollingStream _socket;
    private readonly RespParser _parser = new();
    private readonly RespWriter _writer = new();
    private readonly byte[] _buffer = new byte[16 * 1024];
    private Stream _stream;
    private int _start;
    private int _end;
    private bool _wasAnswered;

    private BlockingRedisConnection(PollingStream socket, RedisOptions options)
    {
        _socket = socket;
        _stream = socket;
        _options = options;
    }

    public RedisServerInfo? Server { get; private set; }

    /// <exception cref="RedisUnavailableException">The server could not be reached, or cannot serve now.</exception>
    /// <exception cref="RedisServerException">The server refused the login or the database.</exception>
    public static BlockingRedisConnection Open(RedisOptions options, string name, TimeProvider time)
    {
        try
        {
            var connection = new BlockingRedisConnection(PollingStream.Connect(options, time), options);
            connection.GreetOrDispose(name);
            return connection;
        }
        catch (Exception e) when (IsTimeout(e))
        {
            throw RedisFailures.ConnectTimeout(options);
        }
        catch (Exception e) when (RedisFailures.IsConnectionFailure(e))
        {
            throw RedisFailures.Unreachable(options, e);
        }
    }

    /// <exception cref="RedisUnavailableException">The connection broke, or the replies did not come in time.</exception>
    public RespValue[] Send(IRedisRequest request, TimeSpan timeout)
    {
        try
        {
            _socket.StartClock(timeout);
            return Exchange(request);
        }
        catch (Exception e) when (IsTimeout(e))
        {
            throw new RedisUnavailableException(RedisFailures.NoReply(_options, timeout), mayHaveExecuted: true, e);
        }
        catch (Exception e) when (RedisFailures.IsConnectionFailure(e))
        {
            throw new RedisUnavailableException(RedisFailures.Broken(_options, e), mayHaveExecuted: true, e);
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
        _writer.Release();
    }

    private void GreetOrDispose(string name)
    {
        try
        {
            if (_options.Tls)
            {
                var tls = new SslStream(_socket);
                _stream = tls;
                Authenticate(tls);
            }

            Greet(name);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private void Authenticate(SslStream tls)
    {
        try
        {
            tls.AuthenticateAsClient(RedisTls.ClientOptions(_options));
        }
        catch (Exception e) when (IsTimeout(e))
        {
            throw RedisFailures.TlsTimeout(_options);
        }
    }

    private void Greet(string name)
    {
        var handshake = new RedisHandshake(_options, name);
        try
        {
            foreach (var step in handshake.Steps())
            {
                handshake.Reply = Exchange(step)[0];
                _wasAnswered = true;
            }
        }
        catch (Exception e) when (!_wasAnswered && !IsTimeout(e) && RedisFailures.IsConnectionFailure(e))
        {
            throw RedisFailures.DuringHandshake(_options, RedisFailures.Unreachable(_options, e), wasAnswered: false);
        }

        Server = handshake.Server;
    }

    private RespValue[] Exchange(IRedisRequest request)
    {
        _writer.Clear();
        request.WriteTo(_writer);
        _stream.Write(_writer.Written.Span);
        var replies = new RespValue[request.Count];
        var filled = 0;
        while (filled < replies.Length)
        {
            if (_start == _end)
            {
                Fill();
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

    // TLS wraps what the stream below it throws.
    private static bool IsTimeout(Exception e) => e is TimeoutException || e.InnerException is TimeoutException;

    private void Fill()
    {
        _start = 0;
        _end = _stream.Read(_buffer);
        if (_end == 0)
        {
            throw new EndOfStreamException("the server closed it");
        }
    }
}
