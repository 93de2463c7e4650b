using System.Net;
using System.Net.Sockets;

namespace TaskRunner.Redis;

/// <summary>
/// A connection whose every wait is a poll of the operating system on the calling thread. To connect within a time limit, a socket
/// must not block; the runtime then only imitates blocking reads, and wakes them from threads that a busy process may be short of.
/// All waits together end with the clock that <see cref="StartClock"/> sets.
/// </summary>
internal sealed class PollingStream : Stream
{
    private readonly Socket _socket;
    private readonly TimeProvider _time;
    private long _started;
    private TimeSpan _limit;

    private PollingStream(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _time = time;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Connects to the first address of the host that takes the connection, or to the socket; the clock goes on running for what follows.</summary>
    /// <exception cref="SocketException">None of them did, or the name has no address.</exception>
    /// <exception cref="TimeoutException">The time was over first.</exception>
    public static PollingStream Connect(RedisOptions options, TimeProvider time)
    {
        var started = time.GetTimestamp();
        SocketException? failure = null;
        foreach (var address in Addresses(options))
        {
            var socket = address is UnixDomainSocketEndPoint ? RedisSocket.CreateUnix() : RedisSocket.Create();
            var stream = new PollingStream(socket, time) { _started = started, _limit = options.ConnectTimeout };
            try
            {
                stream.Connect(address);
                return stream;
            }
            catch (SocketException e)
            {
                failure = e;
                stream.Dispose();
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        }

        throw failure ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static IEnumerable<EndPoint> Addresses(RedisOptions options) => options.SocketPath is { } path
        ? [RedisSocket.UnixAddress(path)]
        : Dns.GetHostAddresses(options.Host).Select(address => new IPEndPoint(address, options.Port));

    /// <summary>Gives everything until the next call this much time.</summary>
    public void StartClock(TimeSpan limit)
    {
        _started = _time.GetTimestamp();
        _limit = limit;
    }

    /// <exception cref="TimeoutException">The time was over first.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var count = _socket.Receive(buffer, SocketFlags.None, out var error);
            if (error == SocketError.Success)
            {
                return count;
            }

            WaitOrThrow(error, SelectMode.SelectRead);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="TimeoutException">The time was over first.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = _socket.Send(buffer, SocketFlags.None, out var error);
            if (error == SocketError.Success)
            {
                buffer = buffer[count..];
            }
            else
            {
                WaitOrThrow(error, SelectMode.SelectWrite);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Connect(EndPoint address)
    {
        _socket.Blocking = false;
        try
        {
            _socket.Connect(address);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            Wait(SelectMode.SelectWrite);
            var error = (int)(_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) ?? 0);
            if (error != 0)
            {
                throw new SocketException(error);
            }
        }
    }

    private void WaitOrThrow(SocketError error, SelectMode mode)
    {
        if (error is not (SocketError.WouldBlock or SocketError.IOPending))
        {
            var cause = new SocketException((int)error);
            throw new IOException(cause.Message, cause);
        }

        Wait(mode);
    }

    private void Wait(SelectMode mode)
    {
        var left = _limit - _time.GetElapsedTime(_started);
        if (left <= TimeSpan.Zero || !_socket.Poll(left, mode))
        {
            throw new TimeoutException();
        }
    }
}
