using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

/// <summary>Servers and proxies that do not know a command repeat its arguments; the password among them is not passed on.</summary>
public sealed class RedisSecretTests
{
    [Theory]
    [InlineData("-ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'Qz7kXw9v' \r\n", 3)]
    [InlineData("-ERR unknown command 'AUTH', with args beginning with: 'Qz7kXw9v' \r\n", 2)]
    [InlineData("-ERR Syntax error in HELLO option 'Qz7kXw9v'\r\n", 0)]
    [InlineData("-DENIED hello 3 auth default Qz7kXw9v\r\n", 0)]
    [InlineData("-LOADING for Qz7kXw9v\r\n", 0)]
    public async Task Refusal_does_not_show_the_password(string reply, int protocol)
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            while (true)
            {
                await connection.ReadAsync();
                await connection.SendAsync(reply);
            }
        });
        var options = Clients.Options(server.Url, protocol) with { Password = () => "Qz7kXw9v" };
        await using var client = Clients.For(options);
        using var blocking = Clients.Blocking(options);

        var connect = () => client.ConnectAsync(default);
        var execute = () => blocking.Execute(RedisCommand.Create("PING"));

        (await connect.Should().ThrowAsync<Exception>()).Which.ToString().Should().Contain("127.0.0.1").And.NotContainAny("Qz7", "kXw", "w9v");
        execute.Should().Throw<Exception>().Which.ToString().Should().Contain("127.0.0.1").And.NotContainAny("Qz7", "kXw", "w9v");
    }
}
