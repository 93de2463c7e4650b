using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace TaskRunner.Tests.Support;

/// <summary>Stands between clients and a Redis, and can drop the clients without the server's hearing of it, as a middlebox that restarts does.</summary>
internal sealed class HalfOpenProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource over = new();
    private readonly ConcurrentBag<TcpClient> clients = [];
    private readonly ConcurrentBag<TcpClient> servers = [];
    private readonly int serverPort;
    private readonly Task accepting;

    public HalfOpenProxy(int serverPort)
    {
        this.serverPort = serverPort;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Url => $"redis://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Closes all that clients have open; to the server they look as they did. New ones may come.</summary>
    public void DropClients()
    {
        while (clients.TryTake(out var client))
        {
            client.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        listener.Stop();
        await accepting;
        DropClients();
        while (servers.TryTake(out var server))
        {
            server.Dispose();
        }

        listener.Dispose();
        over.Dispose();
    }

    private async Task AcceptAsync()
    {
        var copying = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(over.Token);
                var server = new TcpClient();
                clients.Add(client);
                servers.Add(server);
                await server.ConnectAsync(IPAddress.Loopback, serverPort, over.Token);
                client.NoDelay = server.NoDelay = true;
                copying.Add(CopyAsync(client.GetStream(), server.GetStream()));
                copying.Add(CopyAsync(server.GetStream(), client.GetStream()));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(copying);
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        try
        {
            await from.CopyToAsync(to, over.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client was dropped, or the test is over.
        }
    }
}
