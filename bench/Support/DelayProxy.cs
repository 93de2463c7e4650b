using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace TaskRunner.Bench.Support;

/// <summary>Stands between a worker and Redis and holds back what Redis answers, as a network between two machines would.</summary>
internal sealed class DelayProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> clients = [];
    private readonly int target;
    private readonly TimeSpan delay;

    public DelayProxy(int target, TimeSpan delay)
    {
        this.target = target;
        this.delay = delay;
        listener.Start();
        _ = AcceptAsync();
    }

    public string Url => $"redis://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}";

    public void Dispose()
    {
        listener.Dispose();
        foreach (var client in clients)
        {
            client.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = Keep(await listener.AcceptTcpClientAsync());
                var far = Keep(new TcpClient());
                await far.ConnectAsync(IPAddress.Loopback, target);
                _ = near.GetStream().CopyToAsync(far.GetStream());
                var late = Channel.CreateUnbounded<(long Due, byte[] Bytes)>();
                Thread(() => Read(far.GetStream(), late.Writer));
                Thread(() => Write(near.GetStream(), late.Reader));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The proxy was disposed.
        }
    }

    private TcpClient Keep(TcpClient client)
    {
        client.NoDelay = true;
        clients.Add(client);
        return client;
    }

    private void Read(NetworkStream from, ChannelWriter<(long, byte[])> to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = from.Read(buffer)) > 0)
            {
                to.TryWrite((Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency), buffer[..count]));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // One end closed; so does the other.
        }

        to.TryComplete();
    }

    private static void Write(NetworkStream to, ChannelReader<(long Due, byte[] Bytes)> from)
    {
        using var timer = new ManualResetEventSlim();
        try
        {
            foreach (var (due, bytes) in from.ReadAllAsync().ToBlockingEnumerable())
            {
                var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                if (left > TimeSpan.Zero)
                {
                    timer.Wait(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)));
                }

                to.Write(bytes);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The worker is gone.
        }
    }

    private static void Thread(System.Threading.ThreadStart body) => new Thread(body) { IsBackground = true }.Start();
}
