using System.Net;
using System.Net.Sockets;

namespace TaskRunner.Tests.Support;

/// <summary>Stands between a client and a server, and can fall silent, drop the clients, or cut a connection at a byte.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> connections = [];
    private readonly List<Socket> clients = [];
    private readonly int serverPort;
    private readonly Task accepting;
    private volatile int generation;

    private TcpProxy(int serverPort)
    {
        this.serverPort = serverPort;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public string Url => $"redis://127.0.0.1:{Port}";

    /// <summary>Bytes from clients to let through on each new connection before it is cut; null for all.</summary>
    public int? RequestLimit { get; set; }

    /// <summary>Bytes to clients to let through on each new connection before it is cut; null for all.</summary>
    public int? ReplyLimit { get; set; }

    public static TcpProxy To(int port) => new(port);

    /// <summary>No byte passes any more on connections that are open now, and none of them is closed; new ones are not affected.</summary>
    public void FallSilent() => Interlocked.Increment(ref generation);

    /// <summary>Closes all that clients have open, and the server hears nothing of it until the test ends, as when a middlebox restarts; new ones are not affected.</summary>
    public void DropClients()
    {
        FallSilent();
        lock (connections)
        {
            foreach (var client in clients)
            {
                client.Dispose();
            }

            clients.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        Task[] open;
        lock (connections)
        {
            open = [.. connections];
        }

        await Task.WhenAll(open);
        listener.Dispose();
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(stopping.Token);
                lock (connections)
                {
                    clients.Add(client);
                    connections.Add(ServeAsync(client, generation));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket client, int born)
    {
        using var owned = client;
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, serverPort, stopping.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            return;
        }

        await Task.WhenAny(CopyAsync(client, server, RequestLimit, born), CopyAsync(server, client, ReplyLimit, born));
        if (born != generation)
        {
            // To the server it looks as it did.
            await UntilOverAsync();
        }
    }

    private async Task UntilOverAsync() => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task CopyAsync(Socket from, Socket to, int? limit, int born)
    {
        var buffer = new byte[16 * 1024];
        var left = limit ?? int.MaxValue;
        try
        {
            while (left > 0)
            {
                var count = await from.ReceiveAsync(buffer, SocketFlags.None, stopping.Token);
                if (count == 0)
                {
                    return;
                }

                if (born != generation)
                {
                    // Silent: what comes is swallowed, and nothing is said to the other side until the test ends.
                    await UntilOverAsync();
                    return;
                }

                var passing = Math.Min(count, left);
                await to.SendAsync(buffer.AsMemory(0, passing), SocketFlags.None, stopping.Token);
                left -= limit is null ? 0 : passing;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed by either side, or the test is over.
        }
    }
}
