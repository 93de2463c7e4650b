using System.Net;
using System.Net.Sockets;

namespace TaskRunner.Tests.Support;

/// <summary>
/// Stands between a client and a Redis and dies at one point: at the n-th thing that the client sends, before the server gets it, or after the server
/// has carried it out and before the client hears of it. From then on nobody can connect, as with a process that died.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource dead = new();
    private readonly int serverPort;
    private readonly Task accepting;
    private int sent;
    private int cutAt = int.MaxValue;
    private bool afterExecution;

    public CuttingProxy(int serverPort)
    {
        this.serverPort = serverPort;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Url => $"redis://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>How many things the client sent since <see cref="Arm"/>.</summary>
    public int Sent => Volatile.Read(ref sent);

    public bool HasCut => dead.IsCancellationRequested;

    /// <summary>Counts from now on, and cuts at the n-th thing.</summary>
    public void Arm(int at, bool executed)
    {
        Volatile.Write(ref sent, 0);
        afterExecution = executed;
        Volatile.Write(ref cutAt, at);
    }

    public async ValueTask DisposeAsync()
    {
        await dead.CancelAsync();
        listener.Stop();
        await accepting;
        listener.Dispose();
        dead.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await listener.AcceptTcpClientAsync(dead.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, serverPort, dead.Token);
                client.NoDelay = server.NoDelay = true;
                await Task.WhenAny(ForwardAsync(client.GetStream(), server.GetStream()), ReturnAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // One of the two is gone; the other goes with it.
            }
        }
    }

    private async Task ForwardAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[1 << 20];
        while (await from.ReadAsync(buffer, dead.Token) is > 0 and var count)
        {
            var cut = Interlocked.Increment(ref sent) == Volatile.Read(ref cutAt);
            if (cut && !afterExecution)
            {
                await dead.CancelAsync();
                listener.Stop();
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), dead.Token);
        }
    }

    private async Task ReturnAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[1 << 20];
        while (await from.ReadAsync(buffer, dead.Token) is > 0 and var count)
        {
            if (Sent >= Volatile.Read(ref cutAt))
            {
                await dead.CancelAsync();
                listener.Stop();
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), dead.Token);
        }
    }
}
