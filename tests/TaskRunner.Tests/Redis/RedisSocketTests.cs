using System.Net.Sockets;
using FluentAssertions;
using TaskRunner.Redis;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisSocketTests
{
    [Fact]
    public void Socket_notices_a_dead_peer_and_sends_small_writes_at_once()
    {
        using var socket = RedisSocket.Create();

        socket.NoDelay.Should().BeTrue();
        socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive).Should().Be(1);
        socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime).Should().Be(10);
    }

    [Fact]
    public void Unacknowledged_bytes_break_a_connection_after_ten_seconds()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var socket = RedisSocket.Create();
        var milliseconds = new byte[4];

        socket.GetRawSocketOption(optionLevel: 6, optionName: 18, milliseconds);

        BitConverter.ToInt32(milliseconds).Should().Be(10_000);
    }
}
