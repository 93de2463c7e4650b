using System.Collections.Concurrent;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisClientOutageTests
{
    private static readonly RedisCommand Ping = RedisCommand.Create("PING");

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_carries_nothing_of_the_caller_that_opened_it(bool suppressed)
    {
        await using var server = await RedisServer.StartAsync();
        var logger = new CallerLogger();
        await using var client = Clients.For(server.Url, logger: logger);
        logger.Caller.Value = "request 1";
        Task first;
        using (suppressed ? ExecutionContext.SuppressFlow() : default(IDisposable))
        {
            first = client.ExecuteAsync(Ping, None);
        }

        await first;
        await server.KillAsync();
        await Eventually.TrueAsync(() => !logger.Callers.IsEmpty);

        logger.Callers.Should().OnlyContain(caller => caller == null);
    }

    [Fact]
    public async Task Connecting_to_nobody_fails_at_once_and_names_the_address()
    {
        var port = FreePort.Next();
        await using var client = Clients.For($"redis://:topsecret@127.0.0.1:{port}");

        var connect = () => client.ConnectAsync(None);

        var exception = (await connect.Should().ThrowAsync<RedisUnavailableException>()).Which;
        exception.Message.Should().StartWith($"Redis at 127.0.0.1:{port} cannot be reached: ").And.NotContain("topsecret");
        exception.MayHaveExecuted.Should().BeFalse();
    }

    [Fact]
    public async Task Connecting_to_a_name_that_does_not_exist_fails_with_a_sentence()
    {
        await using var client = Clients.For("redis://no-such-host.invalid");

        var connect = () => client.ConnectAsync(None);

        await connect.Should().ThrowAsync<RedisUnavailableException>().WithMessage("Redis at no-such-host.invalid:6379 cannot be reached: *");
    }

    [Fact]
    public async Task Command_without_a_server_waits_for_its_timeout_and_says_why()
    {
        await using var client = Clients.For($"redis://127.0.0.1:{FreePort.Next()}");

        var execute = () => client.ExecuteAsync(Ping, None, Clients.Soon);

        var exception = (await execute.Should().ThrowAsync<RedisUnavailableException>()).Which;
        exception.MayHaveExecuted.Should().BeFalse();
        exception.Message.Should().Contain("cannot be reached");
    }

    [Fact]
    public async Task Command_without_a_server_can_be_cancelled()
    {
        await using var client = Clients.For($"redis://127.0.0.1:{FreePort.Next()}");
        using var cancelled = new CancellationTokenSource();

        var waiting = client.ExecuteAsync(Ping, cancelled.Token, TimeSpan.FromMinutes(1));
        await cancelled.CancelAsync();

        await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<OperationCanceledException>();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Client_comes_back_after_a_restart_of_the_server(int protocol)
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = Clients.For(server.Url, protocol);
        await client.ConnectAsync(None);

        await server.RestartAsync();

        (await EventuallyPingAsync(client)).Should().Be("PONG");
    }

    [Fact]
    public async Task Command_waits_while_the_server_is_away_for_a_moment()
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = Clients.For(server.Url);
        await client.ConnectAsync(None);
        await server.KillAsync();
        await Eventually.TrueAsync(() => !client.IsConnected);

        var ping = client.ExecuteAsync(Ping, None, TimeSpan.FromSeconds(20));
        await server.LaunchAgainAsync();

        (await ping).AsString().Should().Be("PONG");
    }

    [Fact]
    public async Task Scripts_run_after_a_restart_that_made_the_server_forget_them()
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = Clients.For(server.Url);
        var call = new LuaCall(new LuaScript("three.lua", "return 3"), [], []);
        await client.EvaluateAsync(call, None);

        await server.RestartAsync();
        await EventuallyPingAsync(client);

        (await client.EvaluateAsync(call, None)).AsInteger().Should().Be(3);
    }

    [Fact]
    public async Task Data_of_an_append_only_server_survives_a_kill()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { AppendOnly = true });
        await using var client = Clients.For(server.Url);
        await client.ExecuteAsync(RedisCommand.Create("SET", "kept", "yes"), None);

        await server.RestartAsync();
        await EventuallyPingAsync(client);

        (await client.ExecuteAsync(RedisCommand.Create("GET", "kept"), None)).AsString().Should().Be("yes");
    }

    [Fact]
    public async Task Server_that_hangs_costs_one_timeout_and_serves_again_afterwards()
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = Clients.For(Clients.Options(server.Url) with { ConnectTimeout = Clients.Soon });
        await client.ConnectAsync(None);

        await server.PauseAsync();
        await FluentActions.Awaiting(() => client.ExecuteAsync(Ping, None, Clients.Soon)).Should().ThrowAsync<RedisUnavailableException>();
        await server.ResumeAsync();

        (await EventuallyPingAsync(client)).Should().Be("PONG");
    }

    [Fact]
    public async Task Connection_killed_by_the_operator_is_replaced()
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = Clients.For(server.Url);
        await using var operatorClient = Clients.For(server.Url);
        var id = (await client.ExecuteAsync(RedisCommand.Create("CLIENT", "ID"), None)).AsInteger();

        await operatorClient.ExecuteAsync(RedisCommand.Create("CLIENT", "KILL", "ID", id), None);
        await EventuallyPingAsync(client);

        (await client.ExecuteAsync(RedisCommand.Create("CLIENT", "ID"), None)).AsInteger().Should().NotBe(id);
    }

    [Fact]
    public async Task Server_that_becomes_a_replica_is_refused_until_it_takes_writes_again()
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = Clients.For(server.Url);
        await using var admin = Clients.For(server.Url, protocol: 2);
        await client.ConnectAsync(None);
        await admin.ExecuteAsync(RedisCommand.Create("REPLICAOF", "127.0.0.1", FreePort.Next()), None);

        var write = () => client.ExecuteAsync(RedisCommand.Create("SET", "k", "v"), None, Clients.Soon);
        (await write.Should().ThrowAsync<RedisUnavailableException>()).Which.MayHaveExecuted.Should().BeFalse();
        await admin.ExecuteAsync(RedisCommand.Create("REPLICAOF", "NO", "ONE"), None);

        await Eventually.TrueAsync(() => Clients.SucceedsAsync(write));
    }

    [Fact]
    public async Task Outage_is_logged_when_it_begins_and_when_it_ends()
    {
        var logger = new CapturingLogger();
        await using var server = await RedisServer.StartAsync();
        await using var client = Clients.For(server.Url, logger: logger);
        await client.ConnectAsync(None);
        await server.KillAsync();
        for (var i = 0; i < 3; i++)
        {
            await FluentActions.Awaiting(() => client.ExecuteAsync(Ping, None, Clients.Soon)).Should().ThrowAsync<RedisUnavailableException>();
        }

        await server.LaunchAgainAsync();
        await EventuallyPingAsync(client);

        await Eventually.TrueAsync(() => logger.Of(LogLevel.Information).Count > 0);
        logger.Of(LogLevel.Warning).Should().ContainSingle().Which.Should().StartWith("Connection test is down and will be retried: ");
        logger.Of(LogLevel.Information).Should().ContainSingle().Which.Should().MatchRegex(@"^Connection test to redis .* is up again after \d+\.\d s$");
    }

    [Fact]
    public async Task Server_that_is_loading_does_not_count_as_connected()
    {
        var logger = new CapturingLogger();
        var loaded = false;
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            while (true)
            {
                var command = await connection.ReadAsync();
                await connection.SendAsync(command[0] == "HELLO" ? "%1\r\n+role\r\n+master\r\n" : Volatile.Read(ref loaded) ? "+PONG\r\n" : "-LOADING Redis is loading the dataset in memory\r\n");
            }
        });
        await using var client = Clients.For(server.Url, logger: logger);

        await FluentActions.Awaiting(() => client.ConnectAsync(None)).Should().ThrowAsync<RedisUnavailableException>().WithMessage("*LOADING*");
        await Eventually.TrueAsync(() => server.Accepted >= 3);
        client.IsConnected.Should().BeFalse();
        Volatile.Write(ref loaded, true);
        await client.ExecuteAsync(Ping, None);

        await Eventually.TrueAsync(() => logger.Of(LogLevel.Information).Count > 0);
        logger.Of(LogLevel.Warning).Should().ContainSingle();
        logger.Of(LogLevel.Information).Should().ContainSingle();
    }

    private static async Task<string> EventuallyPingAsync(RedisClient client)
    {
        await Eventually.TrueAsync(() => Clients.SucceedsAsync(() => client.ExecuteAsync(Ping, None)));
        return (await client.ExecuteAsync(Ping, None)).AsString();
    }

    /// <summary>Notes in whose name something is logged.</summary>
    private sealed class CallerLogger : ILogger
    {
        public AsyncLocal<string?> Caller { get; } = new();

        public ConcurrentQueue<string?> Callers { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Callers.Enqueue(Caller.Value);
    }
}
