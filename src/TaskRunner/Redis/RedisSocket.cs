using System.Net.Security;
using System.Net.Sockets;
using TaskRunner.Tls;

namespace TaskRunner.Redis;

/// <summary>Opens the byte stream to the server: TCP and TLS over it, or a Unix socket.</summary>
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
            await AuthenticateAsync(tls, options, cancellationToken);
            return tls;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task AuthenticateAsync(SslStream stream, RedisOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await stream.AuthenticateAsClientAsync(RedisTls.ClientOptions(options), cancellationToken);
        }
        catch (OperationCanceledException e)
        {
            throw new TlsSilenceException(e);
        }
    }

    private static async Task<Socket> ConnectAsync(RedisOptions options, CancellationToken cancellationToken)
    {
        var socket = options.SocketPath is null ? Create() : CreateUnix();
        try
        {
            if (options.SocketPath is { } path)
            {
                await socket.ConnectAsync(UnixAddress(path), cancellationToken);
            }
            else
            {
                await socket.ConnectAsync(options.Host, options.Port, cancellationToken);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static Socket CreateUnix() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <exception cref="IOException">The path is longer than the system allows.</exception>
    public static UnixDomainSocketEndPoint UnixAddress(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException e)
        {
            throw new IOException("the path of the socket is too long or not valid", e);
        }
    }

    /// <summary>A socket that notices a dead peer and does not gather small writes.</summary>
    public static Socket Create()
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
