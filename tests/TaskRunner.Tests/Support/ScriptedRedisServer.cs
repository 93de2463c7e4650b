using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace TaskRunner.Tests.Support;

/// <summary>
/// A server that says what a test wrote for it. The first connection follows the first script, and so on; the last script serves
/// all further ones. A connection whose script ended stays open and silent.
/// </summary>
public sealed class ScriptedRedisServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<ScriptedConnection, Task>[] _scripts;
    private readonly ConcurrentBag<ScriptedConnection> _connections = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _accepted;

    private ScriptedRedisServer(Func<ScriptedConnection, Task>[] scripts)
    {
        _scripts = scripts;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"redis://127.0.0.1:{Port}";

    public int Accepted => Volatile.Read(ref _accepted);

    public static ScriptedRedisServer Start(params Func<ScriptedConnection, Task>[] scripts) => new(scripts);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new ScriptedConnection(await _listener.AcceptTcpClientAsync(_stopping.Token));
                _connections.Add(connection);
                var script = _scripts[Math.Min(_accepted, _scripts.Length - 1)];
                Interlocked.Increment(ref _accepted);
                _ = PlayAsync(script, connection);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The test is over.
        }
    }

    private static async Task PlayAsync(Func<ScriptedConnection, Task> script, ScriptedConnection connection)
    {
        try
        {
            await script(connection);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The client went away, which is what many tests are about.
        }
    }
}
