using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace TaskRunner.Redis;

/// <summary>Opens the byte stream to the server: TCP, and TLS over it.</summary>
internal static class RedisSocket
{
    private const int LinuxTcpLevel = 6;
    private const int LinuxTcpUserTimeout = 18;

    // Without it, a peer that vanished while bytes are unacknowledged is noticed after a quarter of an hour.
    private static readonly TimeSpan UserTimeout = TimeSpan.FromSeconds(10);

    public static async Task<Stream> OpenAsync(RedisOptions options, CancellationToken cancellationToken)
    {
#pragma warning disable CA2000 // The stream that is returned owns the socket.
        var socket = await ConnectAsync(options, cancellationToken);
#pragma warning restore CA2000
        try
        {
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (!options.Tls)
            {
                return stream;
            }

            var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(RedisTls.ClientOptions(options), cancellationToken);
            return tls;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The same on the calling thread alone.</summary>
    public static Stream Open(RedisOptions options, out Socket socket)
    {
        socket = Connect(options);
        try
        {
            SetTimeout(socket, options.ConnectTimeout);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (!options.Tls)
            {
                return stream;
            }

            var tls = new SslStream(stream);
            tls.AuthenticateAsClient(RedisTls.ClientOptions(options));
            return tls;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static void SetTimeout(Socket socket, TimeSpan timeout)
    {
        var milliseconds = Math.Max(1, (int)timeout.TotalMilliseconds);
        socket.SendTimeout = milliseconds;
        socket.ReceiveTimeout = milliseconds;
    }

    private static async Task<Socket> ConnectAsync(RedisOptions options, CancellationToken cancellationToken)
    {
        var socket = Create();
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Connect(RedisOptions options)
    {
        SocketException? failure = null;
        foreach (var address in Dns.GetHostAddresses(options.Host))
        {
            try
            {
                return Connect(new IPEndPoint(address, options.Port), options);
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }

        throw failure ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static Socket Connect(IPEndPoint address, RedisOptions options)
    {
        var socket = Create();
        try
        {
            // A blocking connect cannot be given a time limit; one that does not block can be waited for.
            socket.Blocking = false;
            try
            {
                socket.Connect(address);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                if (!socket.Poll(options.ConnectTimeout, SelectMode.SelectWrite))
                {
                    throw new SocketException((int)SocketError.TimedOut);
                }

                var error = (int)(socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) ?? 0);
                if (error != 0)
                {
                    throw new SocketException(error);
                }
            }

            socket.Blocking = true;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Create()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 3);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(LinuxTcpLevel, LinuxTcpUserTimeout, BitConverter.GetBytes((int)UserTimeout.TotalMilliseconds));
        }

        return socket;
    }
}
