using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Resp;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisServerInfoTests
{
    [Theory]
    [InlineData("%2\r\n+server\r\n+redis\r\n+version\r\n+7.0.15\r\n", "redis", "7.0.15")]
    [InlineData("*4\r\n$6\r\nserver\r\n$6\r\nValkey\r\n$7\r\nversion\r\n$5\r\n8.1.0\r\n", "valkey", "8.1.0")]
    [InlineData("%3\r\n+server\r\n+redis\r\n+version\r\n+7.4.3\r\n+garnet_version\r\n+2.2.8\r\n", "garnet", "2.2.8")]
    [InlineData("%0\r\n", "redis", "unknown")]
    public void Server_is_known_from_its_greeting(string reply, string kind, string version)
    {
        new RespParser().TryRead(System.Text.Encoding.UTF8.GetBytes(reply), out _, out var value);

        RedisServerInfo.FromHello(value).Should().Be(new RedisServerInfo(kind, version));
    }

    [Theory]
    [InlineData("# Server\r\nredis_version:5.0.3\r\nredis_mode:standalone\r\n", "redis", "5.0.3")]
    [InlineData("# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n", "valkey", "8.0.1")]
    [InlineData("# Server\r\ngarnet_version:1.0.50\r\nredis_version:7.2.5\r\n", "garnet", "1.0.50")]
    [InlineData("", "redis", "unknown")]
    public void Server_is_known_from_its_information(string text, string kind, string version)
    {
        RedisServerInfo.FromInfo(text).Should().Be(new RedisServerInfo(kind, version));
    }
}
