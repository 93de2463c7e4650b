using TaskRunner.Loops;
using TaskRunner.Resp;
using TaskRunner.Tls;

namespace TaskRunner.Redis;

/// <summary>
/// One socket, shared by many callers. Requests are gathered while a write is under way and go out with the next one;
/// replies are handed out in the order of the requests. Whatever goes wrong breaks the connection, once, in <see cref="Break"/>.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private const int ReadBufferSize = 64 * 1024;

    private readonly RedisOptions _options;
    private readonly Stream _stream;
    private readonly Lock _gate = new();
    private readonly Queue<PendingReplies> _pending = new();
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DeadlineTimer _deadlines;
    private readonly GatheredRequests _gathered = new();
    private long _lastNumber;
    private long _lastSentNumber;
    private long _lastHeardTicks;
    private bool _isWriting;
    private bool _isClosed;
    private volatile bool _wasAnswered;
    private Task _reading = Task.CompletedTask;

    private RedisConnection(Stream stream, RedisOptions options, TimeProvider time)
    {
        _stream = stream;
        _options = options;
        _deadlines = new DeadlineTimer(time, OnDue);
        _lastHeardTicks = _deadlines.Now.Ticks;
    }

    /// <summary>Completes with the reason once the connection is of no more use.</summary>
    public Task<string> Closed => _closed.Task;

    public bool IsClosed => Volatile.Read(ref _isClosed);

    public RedisServerInfo? Server { get; private set; }

    /// <summary>When the last bytes came, on the clock of the deadlines.</summary>
    public TimeSpan LastHeard => TimeSpan.FromTicks(Volatile.Read(ref _lastHeardTicks));

    /// <summary>Told when a request got no reply in time, with the time at which it was made; the connection breaks then.</summary>
    public Action<TimeSpan>? Unanswered { get; set; }

    /// <exception cref="RedisUnavailableException">The server could not be reached, or cannot serve now.</exception>
    /// <exception cref="RedisServerException">The server refused the login or the database.</exception>
    public static async Task<RedisConnection> OpenAsync(RedisOptions options, string name, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        RedisConnection? connection = null;
        try
        {
#pragma warning disable CA2000 // The finally clause disposes it asynchronously, which the rule does not see.
            connection = new RedisConnection(await RedisSocket.OpenAsync(options, both.Token), options, time);
#pragma warning restore CA2000
            connection._reading = connection.ReadAsync();
            await connection.GreetAsync(name, both.Token);
            var open = connection;
            connection = null;
            return open;
        }
        catch (TlsSilenceException) when (!cancellationToken.IsCancellationRequested)
        {
            throw RedisFailures.TlsTimeout(options);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw RedisFailures.ConnectTimeout(options);
        }
        catch (RedisUnavailableException e) when (e.MayHaveExecuted || HungUp(connection))
        {
            throw RedisFailures.DuringHandshake(options, e, wasAnswered: !HungUp(connection));
        }
        catch (Exception e) when (RedisFailures.IsConnectionFailure(e))
        {
            throw RedisFailures.Unreachable(options, e);
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>Queues a request; null when the connection is closed, and then nothing of it was sent.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="timeout">How long its replies may take.</param>
    /// <param name="isDirect">
    /// Saves two changes of threads: the caller writes it when the connection is idle, and goes on on the thread that reads. For a caller
    /// whom nobody follows closely, and who never blocks.
    /// </param>
    public Task<RespValue[]>? TrySend(IRedisRequest request, TimeSpan timeout, bool isDirect = false)
    {
        PendingReplies pending;
        bool startWriting;
        lock (_gate)
        {
            if (_isClosed)
            {
                return null;
            }

            _gathered.Add(request);
            pending = new PendingReplies(++_lastNumber, request.Count, timeout, _deadlines.Now + timeout, isDirect);
            _pending.Enqueue(pending);
            _deadlines.Watch(pending.Deadline);
            startWriting = !_isWriting;
            _isWriting = true;
        }

        if (startWriting && isDirect)
        {
            _ = WriteAsync();
        }
        else if (startWriting)
        {
            // On another thread, so that callers that follow closely share its first write.
            ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.WriteAsync(), this, preferLocal: false);
        }

        return pending.Task;
    }

    /// <summary>Closes the connection; every request without its replies fails with the reason.</summary>
    public void Break(string reason, Exception? cause = null)
    {
        PendingReplies[] failed;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            failed = [.. _pending];
            _pending.Clear();
            _gathered.Release();
        }

        foreach (var pending in failed)
        {
            pending.Fail(reason, mayHaveExecuted: pending.Number <= _lastSentNumber, cause);
        }

        _closed.TrySetResult(reason);
        _deadlines.Dispose();

        // Last: a stream over TLS may throw, and nobody waits for it.
        _stream.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Break($"The connection to redis at {_options.Endpoint} was closed");
        await _reading;
    }

    // What a server does that expects TLS, or that is not a Redis at all.
    private static bool HungUp(RedisConnection? connection) => connection is { IsClosed: true, _wasAnswered: false };

    private async Task GreetAsync(string name, CancellationToken cancellationToken)
    {
        var handshake = new RedisHandshake(_options, name);
        foreach (var step in handshake.Steps())
        {
            var sent = TrySend(step, _options.ConnectTimeout) ?? throw new RedisUnavailableException(await Closed, mayHaveExecuted: false);
            handshake.Reply = (await sent.WaitAsync(cancellationToken))[0];
        }

        Server = handshake.Server;
    }

    private async Task WriteAsync()
    {
        try
        {
            while (TakeGathered())
            {
                await _stream.WriteAsync(_gathered.Taken);
            }
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            // Whatever it is: a connection that nobody reads or writes any more must be closed.
            Break(RedisFailures.Broken(_options, e), e);
        }
    }

    // With nothing gathered, writing ends until the next request.
    private bool TakeGathered()
    {
        lock (_gate)
        {
            if (_isClosed || !_gathered.TryTake())
            {
                _isWriting = false;
                return false;
            }

            _lastSentNumber = _lastNumber;
            return true;
        }
    }

    private async Task ReadAsync()
    {
        // Away from the caller, for whom the first read must not wait.
        await Task.Yield();
        var parser = new RespParser();
        var buffer = new byte[ReadBufferSize];
        try
        {
            int count;
            while ((count = await _stream.ReadAsync(buffer)) > 0)
            {
                Volatile.Write(ref _lastHeardTicks, _deadlines.Now.Ticks);
                HandOut(parser, buffer.AsSpan(0, count));
            }

            Break(RedisFailures.Closed(_options));
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            // Whatever it is: a connection that nobody reads or writes any more must be closed.
            Break(RedisFailures.Broken(_options, e), e);
        }
    }

    private void HandOut(RespParser parser, ReadOnlySpan<byte> received)
    {
        while (parser.TryRead(received, out var consumed, out var value))
        {
            received = received[consumed..];
            if (value.Type != RespType.Push)
            {
                HandOut(value);
            }
        }
    }

    private void HandOut(RespValue value)
    {
        PendingReplies? complete = null;
        lock (_gate)
        {
            if (_pending.TryPeek(out var pending) && pending.Number <= _lastSentNumber)
            {
                if (pending.Add(value))
                {
                    complete = _pending.Dequeue();
                }
            }
            else if (!_isClosed)
            {
                throw new RespProtocolException($"nobody asked for '{value}'");
            }
        }

        _wasAnswered = true;
        complete?.Complete();
    }

    private void OnDue()
    {
        PendingReplies? earliest;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _deadlines.Clear();
            earliest = _pending.MinBy(pending => pending.Deadline);
            if (earliest is null)
            {
                return;
            }

            if (earliest.Deadline > _deadlines.Now)
            {
                _deadlines.Watch(earliest.Deadline);
                return;
            }
        }

        Break(RedisFailures.NoReply(_options, earliest.Timeout));
        Unanswered?.Invoke(earliest.Deadline - earliest.Timeout);
    }
}
