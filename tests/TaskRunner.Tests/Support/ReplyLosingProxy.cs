using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TaskRunner.Tests.Support;

/// <summary>
/// Stands between a client and a Redis. When it is told to, the next command of a name is carried out, and its connection ends before the
/// client hears of it.
/// </summary>
internal sealed class ReplyLosingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly int serverPort;
    private readonly Task accepting;
    private byte[]? command;
    private int lost;

    public ReplyLosingProxy(int serverPort)
    {
        this.serverPort = serverPort;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Url => $"redis://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>How many replies were lost.</summary>
    public int Lost => Volatile.Read(ref lost);

    /// <summary>Loses the reply to the next command of this name.</summary>
    public void Lose(string name) => Volatile.Write(ref command, Encoding.ASCII.GetBytes($"\r\n{name}\r\n"));

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        listener.Dispose();
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await server.ConnectAsync(IPAddress.Loopback, serverPort, stopping.Token);
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
                var back = server.GetStream().CopyToAsync(client.GetStream(), ended.Token);
#pragma warning disable CA2025 // Both are awaited below, unless the connection is broken: then they end with it.
                var forward = ForwardAsync(client.GetStream(), server.GetStream(), ended, back);
#pragma warning restore CA2025
                await Task.WhenAny(back, forward);
                await ended.CancelAsync();
                await Task.WhenAll(back, forward);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // One of the two is gone; the other goes with it.
            }
        }
    }

    private async Task ForwardAsync(NetworkStream from, NetworkStream to, CancellationTokenSource ended, Task back)
    {
        var buffer = new byte[1 << 20];
        while (await from.ReadAsync(buffer, ended.Token) is > 0 and var count)
        {
            if (Volatile.Read(ref command) is { } wanted && buffer.AsSpan(0, count).IndexOf(wanted) >= 0 && Interlocked.CompareExchange(ref command, null, wanted) == wanted)
            {
                // Nothing goes back any more; whatever the server says now says that it is done.
                await ended.CancelAsync();
                await back.ContinueWith(_ => { }, TaskScheduler.Default);
                await to.WriteAsync(buffer.AsMemory(0, count), stopping.Token);
                await to.ReadExactlyAsync(buffer.AsMemory(0, 1), stopping.Token);
                Interlocked.Increment(ref lost);
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), ended.Token);
        }
    }
}
