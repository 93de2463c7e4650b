using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

/// <summary>A connection that breaks, or that can no longer be trusted.</summary>
public sealed class RedisBreakTests
{
    private static readonly RedisCommand Ping = RedisCommand.Create("PING", "x");

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Closed_socket_fails_all_waiting_callers()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.ReadAsync();
            await connection.ReadAsync();
            connection.Dispose();
        });
        await using var client = Clients.For(server.Url);

        var callers = new[] { client.ExecuteAsync(Ping, None), client.ExecuteAsync(Ping, None) };

        foreach (var caller in callers)
        {
            (await FluentActions.Awaiting(() => caller).Should().ThrowAsync<RedisUnavailableException>()).Which.MayHaveExecuted.Should().BeTrue();
        }
    }

    [Fact]
    public async Task Reset_in_the_middle_of_a_reply_fails_the_caller()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.ReadAsync();
            await connection.SendAsync("$100\r\nhalf");
            connection.Reset();
        });
        await using var client = Clients.For(server.Url);

        var execute = () => client.ExecuteAsync(Ping, None);

        (await execute.Should().ThrowAsync<RedisUnavailableException>()).Which.MayHaveExecuted.Should().BeTrue();
    }

    [Fact]
    public async Task Answer_that_is_no_RESP_breaks_the_connection()
    {
        await using var server = ScriptedRedisServer.Start(
            async connection =>
            {
                await connection.GreetAsync();
                await connection.ReadAsync();
                await connection.SendAsync("HTTP/1.1 400 Bad Request\r\n");
            },
            connection => connection.AlwaysAsync("+fresh\r\n"));
        await using var client = Clients.For(server.Url);

        var execute = () => client.ExecuteAsync(Ping, None);

        await execute.Should().ThrowAsync<RedisUnavailableException>().WithMessage("*sent what is not its protocol*HTTP/1.1 400*");
        (await client.ExecuteAsync(Ping, None)).AsString().Should().Be("fresh");
    }

    [Fact]
    public async Task Reply_that_nobody_asked_for_breaks_the_connection()
    {
        await using var server = ScriptedRedisServer.Start(
            async connection =>
            {
                await connection.GreetAsync();
                await connection.SendAsync("+surprise\r\n");
            },
            connection => connection.AlwaysAsync("+fresh\r\n"));
        await using var client = Clients.For(server.Url);
        await client.ConnectAsync(None);

        await Eventually.TrueAsync(() => server.Accepted == 2);
        (await client.ExecuteAsync(Ping, None)).AsString().Should().Be("fresh");
    }

    [Fact]
    public async Task Request_that_cannot_be_encoded_leaves_the_connection_intact()
    {
        await using var server = ScriptedRedisServer.Start(connection => connection.AlwaysAsync("+fine\r\n"));
        await using var client = Clients.For(server.Url);
        await client.ConnectAsync(None);

        var broken = () => client.ExecuteAsync([Ping, null!], None);

        await broken.Should().ThrowAsync<NullReferenceException>();
        (await client.ExecuteAsync(Ping, None)).AsString().Should().Be("fine");
        server.Accepted.Should().Be(1);
    }
}
