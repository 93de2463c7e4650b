using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

/// <summary>A server that answers, and says no.</summary>
public sealed class RedisRefusalTests
{
    private static readonly RedisCommand Ping = RedisCommand.Create("PING", "x");

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData("READONLY You can't write against a read only replica.")]
    [InlineData("LOADING Redis is loading the dataset in memory")]
    [InlineData("MOVED 3999 127.0.0.1:6381")]
    [InlineData("ASK 3999 127.0.0.1:6381")]
    [InlineData("CLUSTERDOWN The cluster is down")]
    [InlineData("MASTERDOWN Link with MASTER is down")]
    [InlineData("NOAUTH Authentication required.")]
    public async Task Server_that_cannot_serve_is_left_for_a_new_connection(string error)
    {
        await using var server = ScriptedRedisServer.Start(connection => connection.AlwaysAsync($"-{error}\r\n"), connection => connection.AlwaysAsync("+fresh\r\n"));
        await using var client = Clients.For(server.Url);

        var execute = () => client.ExecuteAsync(Ping, None);

        var exception = (await execute.Should().ThrowAsync<RedisUnavailableException>()).Which;
        exception.MayHaveExecuted.Should().BeFalse();
        exception.Message.Should().Be($"Redis at 127.0.0.1:{server.Port} cannot serve: {error}");
        (await client.ExecuteAsync(Ping, None)).AsString().Should().Be("fresh");
    }

    [Fact]
    public async Task List_of_which_some_commands_were_refused_may_have_executed()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.ReadAsync();
            await connection.SendAsync("+OK\r\n-READONLY now a replica\r\n");
        });
        await using var client = Clients.For(server.Url);

        var execute = () => client.ExecuteAsync([Ping, Ping], None);

        (await execute.Should().ThrowAsync<RedisUnavailableException>()).Which.MayHaveExecuted.Should().BeTrue();
    }

    [Fact]
    public async Task Scripts_that_the_server_forgot_are_sent_with_their_source()
    {
        var script = new LuaScript("two.lua", "return 2");
        var seen = new List<string[]>();
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            seen.Add(await connection.ReadAsync());
            await connection.SendAsync("-NOSCRIPT No matching script. Please use EVAL.\r\n");
            seen.Add(await connection.ReadAsync());
            await connection.SendAsync(":2\r\n");
        });
        await using var client = Clients.For(server.Url);

        var reply = await client.EvaluateAsync(new LuaCall(script, ["k"], ["a"]), None);

        reply.AsInteger().Should().Be(2);
        seen.Should().BeEquivalentTo([["EVALSHA", script.Sha1, "1", "k", "a"], new[] { "EVAL", "return 2", "1", "k", "a" }]);
    }

    [Fact]
    public async Task Connection_lost_between_the_rounds_of_a_list_of_scripts_may_have_executed()
    {
        var script = new LuaScript("two.lua", "return 2");
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.ReadAsync();
            await connection.ReadAsync();
            await connection.SendAsync(":1\r\n-NOSCRIPT No matching script.\r\n");
            await connection.ReadAsync();
            await connection.SendAsync("-READONLY now a replica\r\n");
        });
        await using var client = Clients.For(server.Url);

        var evaluate = () => client.EvaluateAsync([new LuaCall(script, [], []), new LuaCall(script, [], [])], None);

        (await evaluate.Should().ThrowAsync<RedisUnavailableException>()).Which.MayHaveExecuted.Should().BeTrue();
    }

    [Fact]
    public async Task Old_server_is_greeted_in_the_old_protocol()
    {
        var seen = new List<string>();
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            string verb;
            do
            {
                verb = (await connection.ReadAsync())[0];
                seen.Add(verb);
                await connection.SendAsync(verb switch
                {
                    "HELLO" => "-ERR unknown command 'HELLO'\r\n",
                    "INFO" => "$21\r\nredis_version:5.0.14\n\r\n",
                    _ => "+OK\r\n",
                });
            }
            while (verb != "PING");
        });
        await using var client = Clients.For(server.Url.Replace("//", "//:secret@", StringComparison.Ordinal));

        await client.ConnectAsync(None);

        seen.Should().Equal("HELLO", "AUTH", "CLIENT", "INFO", "PING");
        client.Server!.Version.Should().Be("5.0.14");
    }

    [Fact]
    public async Task Server_that_turns_connections_away_is_quoted()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.SendAsync("-ERR max number of clients reached\r\n");
            connection.Dispose();
        });
        await using var client = Clients.For(server.Url);

        var connect = () => client.ConnectAsync(None);

        (await connect.Should().ThrowAsync<Exception>()).Which.Message.Should().Contain("max number of clients reached");
    }
}
