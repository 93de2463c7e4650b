using System.Net;
using System.Net.Sockets;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>
/// Stands between one beat and PostgreSQL, and cuts all its connections at the n-th thing that it sends: before the server gets it, or once the server has carried it
/// out and before the beat hears of it.
/// </summary>
internal sealed class CuttingWire : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource over = new();
    private readonly List<Task> connections = [];
    private readonly int serverPort;
    private readonly Task accepting;
    private CancellationTokenSource cut = new();
    private int left = int.MaxValue;
    private bool executes;
    private bool isForGood;
    private volatile bool isAnswerDue;
    private volatile bool isDown;

    public CuttingWire(int serverPort)
    {
        this.serverPort = serverPort;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Whether it was cut since it was armed.</summary>
    public bool HasCut { get; private set; }

    /// <summary>Whether nobody can connect.</summary>
    public bool IsDown
    {
        get => isDown;
        set => isDown = value;
    }

    /// <summary>Cuts at the n-th thing that is sent from now on.</summary>
    /// <param name="at">Counted from 1.</param>
    /// <param name="executed">Whether the server carries that out.</param>
    /// <param name="forGood">Whether nobody can connect afterwards, as when the process of the beat is gone.</param>
    public void Arm(int at, bool executed, bool forGood)
    {
        (HasCut, executes, isForGood, isAnswerDue) = (false, executed, forGood, false);
        Volatile.Write(ref left, at);
    }

    /// <summary>Cuts no more.</summary>
    public void Disarm() => Volatile.Write(ref left, int.MaxValue);

    /// <summary>Cuts all connections now.</summary>
    public void Cut(bool forGood)
    {
        (HasCut, isAnswerDue) = (true, false);
        isDown |= forGood;
        lock (connections)
        {
            cut.Cancel();
            cut.Dispose();
            cut = new CancellationTokenSource();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        Cut(forGood: true);
        listener.Stop();
        await accepting;
        await Task.WhenAll(connections);
        listener.Dispose();
        over.Dispose();
        cut.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(over.Token);
                lock (connections)
                {
                    connections.Add(ServeAsync(client, cut.Token));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The sequence is over.
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken ending)
    {
        using var server = new TcpClient();
        using (client)
        {
            if (isDown)
            {
                return;
            }

            try
            {
                await server.ConnectAsync(IPAddress.Loopback, serverPort, ending);
                client.NoDelay = server.NoDelay = true;
                await Task.WhenAny(AskAsync(client.GetStream(), server.GetStream(), ending), AnswerAsync(server.GetStream(), client.GetStream(), ending));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // One of the two is gone; the other goes with it.
            }
        }
    }

    private async Task AskAsync(NetworkStream from, NetworkStream to, CancellationToken ending)
    {
        var buffer = new byte[1 << 16];
        while (await from.ReadAsync(buffer, ending) is > 0 and var count)
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                if (!executes)
                {
                    Cut(isForGood);
                    return;
                }

                isAnswerDue = true;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), ending);
        }
    }

    private async Task AnswerAsync(NetworkStream from, NetworkStream to, CancellationToken ending)
    {
        var buffer = new byte[1 << 16];
        while (await from.ReadAsync(buffer, ending) is > 0 and var count)
        {
            if (isAnswerDue)
            {
                Cut(isForGood);
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), ending);
        }
    }
}
