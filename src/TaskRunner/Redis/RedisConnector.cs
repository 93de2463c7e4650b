using Microsoft.Extensions.Logging;
using TaskRunner.Loops;

namespace TaskRunner.Redis;

/// <summary>Keeps one connection open: the first one on demand, every later one as soon as its predecessor broke.</summary>
internal sealed class RedisConnector : IAsyncDisposable
{
    // A connection that lived this long was a good one; the next failure starts with the shortest wait again.
    private static readonly TimeSpan Proven = TimeSpan.FromSeconds(5);

    private readonly RedisOptions _options;
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly RedisOutage _outage;
    private readonly RedisSentinels _sentinels;
    private readonly RedisPeerWatch? _peers;
    private readonly SupervisedLoop _loop;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource<RedisConnection> _ready = NewSource<RedisConnection>();
    private TaskCompletionSource<Exception?> _attempt = NewSource<Exception?>();
    private RedisConnection? _connection;
    private Task? _running;
    private Exception? _lastFailure;
    private bool _isDisposed;

    public RedisConnector(RedisOptions options, string name, TimeProvider time, ILogger logger, RedisPeerWatch? peers = null, SupervisedLoop? loop = null)
    {
        _options = options;
        _name = name;
        _time = time;
        _outage = new RedisOutage(options.Endpoint, name, time, logger);
        _sentinels = new RedisSentinels(options, name, time);
        _peers = peers;
        _loop = loop ?? new LoopSupervisor(time, logger).Loop("redis");
    }

    public RedisConnection? Current => Volatile.Read(ref _connection) is { IsClosed: false } connection ? connection : null;

    /// <summary>What the server said of itself last time, kept while it is away.</summary>
    public RedisServerInfo? Server { get; private set; }

    /// <summary>Waits for the outcome of one attempt, the one under way if there is one. After a failure, attempts go on until disposal.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        Task<Exception?> attempt;
        lock (_gate)
        {
            if (Current is not null)
            {
                return;
            }

            attempt = _attempt.Task;
            EnsureRunning();
        }

        if (await attempt.WaitAsync(cancellationToken) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>The open connection, waited for at most as long as the timeout.</summary>
    /// <exception cref="RedisUnavailableException">There is none; the message says why the last attempt failed.</exception>
    public async ValueTask<RedisConnection> GetAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (Current is { } current)
        {
            return current;
        }

        Task<RedisConnection> ready;
        lock (_gate)
        {
            EnsureRunning();
            if (_connection is { IsClosed: true })
            {
                // It broke and the loop has yet to notice: waiting for the next one must not end with this one.
                RenewReady();
            }

            ready = _ready.Task;
        }

        try
        {
            return await ready.WaitAsync(timeout, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            var failure = Volatile.Read(ref _lastFailure);
            throw new RedisUnavailableException(failure?.Message ?? RedisFailures.ConnectTimeout(_options).Message, mayHaveExecuted: false, failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        await _stopping.CancelAsync();
        if (_running is not null)
        {
            await _running;
        }

        var failure = new ObjectDisposedException(nameof(RedisClient));
        _attempt.TrySetResult(failure);
        if (_ready.TrySetException(failure))
        {
            _ = _ready.Task.Exception;
        }

        _stopping.Dispose();
    }

    private void EnsureRunning()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(RedisClient));
        if (_running is not null)
        {
            return;
        }

        // It outlives its first caller, and must keep nothing of that one's request alive nor log in its name.
        if (ExecutionContext.IsFlowSuppressed())
        {
            _running = Start();
            return;
        }

        using (ExecutionContext.SuppressFlow())
        {
            _running = Start();
        }
    }

    private Task Start() => Task.Run(() => _loop.RunAsync(RunAsync, _stopping.Token));

    private async Task RunAsync(CancellationToken stopping)
    {
        var failures = 0;
        while (true)
        {
            if (failures > 0)
            {
                await Task.Delay(RedisBackoff.Delay(failures, Jitter()), _time, stopping);
            }

            _loop.Step("open");
            if (await TryOpenAsync() is not var (connection, server))
            {
                failures++;
                continue;
            }

            var since = _time.GetTimestamp();
            await using (connection)
            {
                await ServeAsync(connection, server, stopping);
            }

            failures = _time.GetElapsedTime(since) >= Proven ? 1 : failures + 1;
        }
    }

    private async Task ServeAsync(RedisConnection connection, RedisOptions server, CancellationToken stopping)
    {
        try
        {
            _loop.Step("serve");
            Publish(connection);
            _loop.Turned();
            Withdraw(await UntilClosedAsync(connection, server));
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            // Without this, those who wait would get a connection that is closed.
            Withdraw(e.Message);
            throw;
        }
        finally
        {
            _peers?.Remove(connection);
        }
    }

    private async Task<(RedisConnection Connection, RedisOptions Server)?> TryOpenAsync()
    {
        try
        {
            var server = await _sentinels.LocateAsync(_stopping.Token);
            return (await RedisConnection.OpenAsync(server, _name, _time, _stopping.Token), server);
        }
        catch (Exception e) when (e is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            // Whatever it is, a connector that gave up would be an outage without end.
            Volatile.Write(ref _lastFailure, e);
            Report(e);
            _outage.Failed(e.Message);
            return null;
        }
    }

    /// <summary>Waits for the end of the connection; where sentinels are asked, a master that they have replaced is left.</summary>
    private async Task<string> UntilClosedAsync(RedisConnection connection, RedisOptions server)
    {
        while (_sentinels.IsUsed)
        {
            try
            {
                return await connection.Closed.WaitAsync(RedisSentinels.PollInterval, _time, _stopping.Token);
            }
            catch (TimeoutException)
            {
                await LeaveReplacedMasterAsync(connection, server);
            }
        }

        return await connection.Closed.WaitAsync(_stopping.Token);
    }

    private async Task LeaveReplacedMasterAsync(RedisConnection connection, RedisOptions server)
    {
        try
        {
            var master = await _sentinels.LocateAsync(_stopping.Token);
            if (master.Endpoint != server.Endpoint)
            {
                connection.Break($"The sentinels have replaced redis at {server.Endpoint} by {master.Endpoint}");
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            // Sentinels that are away, or answer nonsense, are no reason to leave a master that serves.
        }
    }

    private void Publish(RedisConnection connection)
    {
        if (_peers is { } peers)
        {
            connection.Unanswered = peers.Silent;
            peers.Add(connection);
        }

        Server = connection.Server ?? Server;
        lock (_gate)
        {
            Volatile.Write(ref _connection, connection);
            RenewReady();
            _ready.SetResult(connection);
        }

        Report(null);

        // Last: a logger of the application may throw.
        _outage.Connected(connection.Server);
    }

    private void Withdraw(string reason)
    {
        lock (_gate)
        {
            Volatile.Write(ref _lastFailure, new RedisUnavailableException(reason, mayHaveExecuted: false));
            Volatile.Write(ref _connection, null);
            RenewReady();
        }

        _outage.Failed(reason);
    }

    private void RenewReady()
    {
        if (_ready.Task.IsCompleted)
        {
            _ready = NewSource<RedisConnection>();
        }
    }

    private void Report(Exception? failure)
    {
        TaskCompletionSource<Exception?> attempt;
        lock (_gate)
        {
            attempt = _attempt;
            _attempt = NewSource<Exception?>();
        }

        attempt.SetResult(failure);
    }

#pragma warning disable CA5394 // Jitter is no secret.
    private static double Jitter() => Random.Shared.NextDouble();
#pragma warning restore CA5394

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
