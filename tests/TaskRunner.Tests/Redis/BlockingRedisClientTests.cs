using FluentAssertions;
using Microsoft.Extensions.Logging;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class BlockingRedisClientTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly RedisCommand Ping = RedisCommand.Create("PING");
    private static readonly LuaScript Increment = new("increment.lua", "return redis.call('INCRBY', KEYS[1], ARGV[1])");

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Command_is_answered(int protocol)
    {
        using var client = Clients.Blocking(redis.Url, protocol);

        client.Execute(Ping).AsString().Should().Be("PONG");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Commands_of_a_list_are_answered_in_order_with_errors_in_their_places(int protocol)
    {
        using var client = Clients.Blocking(redis.Url, protocol);
        var key = Clients.Key();

        var replies = client.Execute([RedisCommand.Create("SET", key, 1), RedisCommand.Create("LPUSH", key, "x"), RedisCommand.Create("INCR", key)]);

        replies[0].AsString().Should().Be("OK");
        replies[1].ErrorCode.Should().Be("WRONGTYPE");
        replies[2].AsInteger().Should().Be(2);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Scripts_run_though_the_server_does_not_know_them(int protocol)
    {
        using var client = Clients.Blocking(redis.Url, protocol);
        client.Execute(RedisCommand.Create("SCRIPT", "FLUSH"));
        var key = Clients.Key();

        var replies = client.Evaluate([new LuaCall(Increment, [key], [2]), new LuaCall(Increment, [key], [3])]);

        replies.Select(reply => reply.AsInteger()).Should().Equal(2, 5);
    }

    [Fact]
    public void Error_reply_is_an_exception_with_its_code()
    {
        using var client = Clients.Blocking(redis.Url);

        var execute = () => client.Execute(RedisCommand.Create("NONSENSE"));

        execute.Should().Throw<RedisServerException>().Which.Code.Should().Be("ERR");
    }

    [Fact]
    public void Large_value_comes_back_as_it_was_sent()
    {
        using var client = Clients.Blocking(redis.Url);
        var content = new byte[1_000_000];
        Random.Shared.NextBytes(content);

        client.Execute(RedisCommand.Create("ECHO", content)).AsBytes().Should().Equal(content);
    }

    [Fact]
    public void Nobody_to_connect_to_is_unavailable_and_nothing_was_executed()
    {
        var port = FreePort.Next();
        using var client = Clients.Blocking($"redis://127.0.0.1:{port}");

        var execute = () => client.Execute(Ping);

        var exception = execute.Should().Throw<RedisUnavailableException>().Which;
        exception.MayHaveExecuted.Should().BeFalse();
        exception.Message.Should().StartWith($"Redis at 127.0.0.1:{port} cannot be reached: ");
    }

    [Fact]
    public async Task Wrong_password_is_an_exception_of_the_server()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Password = "right" });
        using var client = Clients.Blocking($"redis://:wrong@127.0.0.1:{server.Port}");

        var execute = () => client.Execute(Ping);

        execute.Should().Throw<RedisServerException>().WithMessage($"Redis at 127.0.0.1:{server.Port} refused the password of the user default");
    }

    [Fact]
    public async Task Next_call_after_a_restart_of_the_server_connects_again()
    {
        var logger = new CapturingLogger();
        await using var server = await RedisServer.StartAsync();
        using var client = Clients.Blocking(server.Url, logger: logger);
        client.Execute(Ping);

        await server.RestartAsync();
        FluentActions.Invoking(() => client.Execute(Ping)).Should().Throw<RedisUnavailableException>();

        client.Execute(Ping).AsString().Should().Be("PONG");
        logger.Of(LogLevel.Warning).Should().ContainSingle();
        logger.Of(LogLevel.Information).Should().ContainSingle();
    }

    [Fact]
    public async Task Server_without_an_answer_costs_the_timeout()
    {
        await Duration.UntilLessAsync(TimeSpan.FromSeconds(3), async () =>
        {
            await using var server = ScriptedRedisServer.Start(
                connection => connection.IgnoreAsync(),
                connection => connection.AlwaysAsync("+fresh\r\n"));
            using var client = Clients.Blocking(Clients.Options(server.Url) with { CommandTimeout = Clients.Soon });

            var execute = () => client.Execute(Ping);

            execute.Should().Throw<RedisUnavailableException>().WithMessage("*did not answer within 0.2 s")
                .Which.MayHaveExecuted.Should().BeTrue();
            client.Execute(Ping).AsString().Should().Be("fresh");
        });
    }

    [Fact]
    public async Task Server_that_talks_without_answering_costs_the_timeout()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.ReadAsync();
            while (true)
            {
                await connection.SendAsync(">1\r\n+news\r\n");
            }
        });
        using var client = Clients.Blocking(Clients.Options(server.Url) with { CommandTimeout = Clients.Soon });

        var execute = () => client.Execute(Ping);

        execute.Should().Throw<RedisUnavailableException>().WithMessage("*did not answer*");
    }

    [Fact]
    public async Task Push_messages_and_short_reads_are_no_obstacle()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.ReadAsync();
            await connection.SendInBytesAsync(">1\r\n+news\r\n$5\r\nhello\r\n");
        });
        using var client = Clients.Blocking(server.Url);

        client.Execute(Ping).AsString().Should().Be("hello");
    }

    [Fact]
    public async Task Server_that_cannot_serve_is_left_for_a_new_connection()
    {
        await using var server = ScriptedRedisServer.Start(connection => connection.AlwaysAsync("-READONLY now a replica\r\n"), connection => connection.AlwaysAsync("+fresh\r\n"));
        using var client = Clients.Blocking(server.Url);

        FluentActions.Invoking(() => client.Execute(Ping)).Should().Throw<RedisUnavailableException>().Which.MayHaveExecuted.Should().BeFalse();

        client.Execute(Ping).AsString().Should().Be("fresh");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_works_while_the_thread_pool_has_no_thread_to_spare(bool tls)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Tls = tls });
        using var client = Clients.Blocking(Clients.Options(server.Url) with { CaFile = server.Certificates?.CaFile });
        using var release = new ManualResetEventSlim();
        var occupied = Enumerable.Range(0, 200).Select(_ => Task.Run(release.Wait)).ToArray();
        var replied = "";
        var thread = new Thread(() => replied = Attempt(() => client.Execute(Ping).AsString()));

        thread.Start();
        var finished = thread.Join(TimeSpan.FromSeconds(15));
        release.Set();
        await Task.WhenAll(occupied);

        finished.Should().BeTrue();
        replied.Should().Be("PONG");
    }

    // An exception that left a thread of its own would end the test process.
    private static string Attempt(Func<string> action)
    {
        try
        {
            return action();
        }
        catch (RedisUnavailableException e)
        {
            return e.ToString();
        }
    }

    [Fact]
    public void Disposed_client_refuses_commands()
    {
        var client = Clients.Blocking(redis.Url);
        client.Execute(Ping);
        client.Dispose();

        var execute = () => client.Execute(Ping);

        execute.Should().Throw<ObjectDisposedException>();
    }
}
