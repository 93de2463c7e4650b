using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisClientTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly LuaScript Increment = new("increment.lua", "return redis.call('INCRBY', KEYS[1], ARGV[1])");

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Client_connects_and_knows_the_server(int protocol)
    {
        await using var client = Clients.For(redis.Url, protocol);

        await client.ConnectAsync(None);

        client.IsConnected.Should().BeTrue();
        client.Server!.Kind.Should().Be("redis");
        client.Server.Version.Should().MatchRegex(@"^\d+\.\d+");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task First_command_connects_too(int protocol)
    {
        await using var client = Clients.For(redis.Url, protocol);

        var reply = await client.ExecuteAsync(RedisCommand.Create("PING"), None);

        reply.AsString().Should().Be("PONG");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Connection_has_its_name_and_database(int protocol)
    {
        await using var client = Clients.For(Clients.Options(redis.Url, protocol) with { Database = 5 });

        var info = await client.ExecuteAsync(RedisCommand.Create("CLIENT", "INFO"), None);

        info.AsString().Should().Contain(" name=test ").And.Contain(" db=5 ");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Values_come_back_as_they_were_sent(int protocol)
    {
        await using var client = Clients.For(redis.Url, protocol);
        var key = Clients.Key();
        var content = new byte[300_000];
        Random.Shared.NextBytes(content);

        await client.ExecuteAsync(RedisCommand.Create("SET", key, content), None);
        var reply = await client.ExecuteAsync(RedisCommand.Create("GET", key), None);

        reply.AsBytes().Should().Equal(content);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Missing_key_is_null(int protocol)
    {
        await using var client = Clients.For(redis.Url, protocol);

        (await client.ExecuteAsync(RedisCommand.Create("GET", Clients.Key()), None)).IsNull.Should().BeTrue();
    }

    [Theory]
    [InlineData(2, "Array")]
    [InlineData(3, "Map")]
    public async Task Hash_reads_the_same_in_both_protocols(int protocol, string type)
    {
        await using var client = Clients.For(redis.Url, protocol);
        var key = Clients.Key();
        await client.ExecuteAsync(RedisCommand.Create("HSET", key, "a", 1, "b", 2), None);

        var reply = await client.ExecuteAsync(RedisCommand.Create("HGETALL", key), None);

        reply.Type.ToString().Should().Be(type);
        reply.Items.Should().HaveCount(4);
        reply.Find("b").AsInteger().Should().Be(2);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Score_reads_the_same_in_both_protocols(int protocol)
    {
        await using var client = Clients.For(redis.Url, protocol);
        var key = Clients.Key();
        await client.ExecuteAsync(RedisCommand.Create("ZADD", key, "2.5", "member"), None);

        var reply = await client.ExecuteAsync(RedisCommand.Create("ZSCORE", key, "member"), None);

        reply.AsDouble().Should().Be(2.5);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Error_reply_is_an_exception_with_its_code(int protocol)
    {
        await using var client = Clients.For(redis.Url, protocol);
        var key = Clients.Key();
        await client.ExecuteAsync(RedisCommand.Create("SET", key, "text"), None);

        var push = () => client.ExecuteAsync(RedisCommand.Create("LPUSH", key, "x"), None);

        (await push.Should().ThrowAsync<RedisServerException>()).Which.Code.Should().Be("WRONGTYPE");
        client.IsConnected.Should().BeTrue();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Commands_of_a_list_are_answered_in_order_with_errors_in_their_places(int protocol)
    {
        await using var client = Clients.For(redis.Url, protocol);
        var key = Clients.Key();

        var replies = await client.ExecuteAsync(
            [RedisCommand.Create("SET", key, "1"), RedisCommand.Create("LPUSH", key, "x"), RedisCommand.Create("INCR", key)],
            None);

        replies[0].AsString().Should().Be("OK");
        replies[1].ErrorCode.Should().Be("WRONGTYPE");
        replies[2].AsInteger().Should().Be(2);
    }

    [Fact]
    public async Task Empty_list_of_commands_needs_no_server()
    {
        await using var client = Clients.For($"redis://127.0.0.1:{FreePort.Next()}");

        (await client.ExecuteAsync([], None)).Should().BeEmpty();
        (await client.EvaluateAsync((IReadOnlyList<LuaCall>)[], None)).Should().BeEmpty();
    }

    [Fact]
    public async Task Many_callers_each_get_their_own_reply()
    {
        await using var client = Clients.For(redis.Url);

        var replies = await Task.WhenAll(Enumerable.Range(0, 5_000).Select(i =>
            Task.Run(async () => (await client.ExecuteAsync(RedisCommand.Create("ECHO", i), None)).AsInteger())));

        replies.Should().Equal(Enumerable.Range(0, 5_000).Select(i => (long)i));
    }

    [Fact]
    public async Task Large_and_small_commands_of_many_callers_keep_apart()
    {
        await using var client = Clients.For(redis.Url);

        var replies = await Task.WhenAll(Enumerable.Range(0, 300).Select(i =>
            Task.Run(async () => (await client.ExecuteAsync(RedisCommand.Create("ECHO", new string((char)('a' + (i % 26)), 1 + (i * 997 % 100_000))), None)).AsString())));

        for (var i = 0; i < replies.Length; i++)
        {
            replies[i].Should().HaveLength(1 + (i * 997 % 100_000)).And.Match(text => text.All(c => c == 'a' + (i % 26)));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Script_runs_though_the_server_does_not_know_it(int protocol)
    {
        await using var client = Clients.For(redis.Url, protocol);
        await client.ExecuteAsync(RedisCommand.Create("SCRIPT", "FLUSH"), None);

        var reply = await client.EvaluateAsync(new LuaCall(Increment, [Clients.Key()], [5]), None);

        reply.AsInteger().Should().Be(5);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Each_script_of_a_list_runs_once_though_the_server_knows_none(int protocol)
    {
        await using var client = Clients.For(redis.Url, protocol);
        await client.ExecuteAsync(RedisCommand.Create("SCRIPT", "FLUSH"), None);
        var key = Clients.Key();
        var other = new LuaScript("other.lua", $"return redis.call('GET', KEYS[1]) -- {key}");
        var calls = Enumerable.Range(0, 10).Select(_ => new LuaCall(Increment, [key], [1])).Append(new LuaCall(other, [key], []));

        var replies = await client.EvaluateAsync([.. calls], None);

        replies.Select(reply => reply.AsInteger()).Should().Equal(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10);
    }

    [Fact]
    public async Task Error_inside_a_script_is_an_exception_for_one_call_and_a_value_in_a_list()
    {
        await using var client = Clients.For(redis.Url);
        var failing = new LuaCall(new LuaScript("failing.lua", "return redis.error_reply('TEAPOT short and stout')"), [], []);

        var evaluate = () => client.EvaluateAsync(failing, None);
        var replies = await client.EvaluateAsync([failing, new LuaCall(Increment, [Clients.Key()], [1])], None);

        (await evaluate.Should().ThrowAsync<RedisServerException>()).Which.Code.Should().Be("TEAPOT");
        replies[0].ErrorCode.Should().Be("TEAPOT");
        replies[1].AsInteger().Should().Be(1);
    }

    [Fact]
    public async Task Blocking_command_of_a_client_of_its_own_waits_for_a_push()
    {
        await using var waiting = Clients.For(redis.Url);
        await using var client = Clients.For(redis.Url);
        var key = Clients.Key();

        var pop = waiting.ExecuteAsync(RedisCommand.Create("BLPOP", key, 20), None, TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(async () => (await client.ExecuteAsync(RedisCommand.Create("INFO", "clients"), None)).AsString().Contains("blocked_clients:1", StringComparison.Ordinal));
        await client.ExecuteAsync(RedisCommand.Create("RPUSH", key, "token"), None);

        (await pop).Items[1].AsString().Should().Be("token");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Blocking_command_that_runs_out_is_null(int protocol)
    {
        await using var client = Clients.For(redis.Url, protocol);

        var reply = await client.ExecuteAsync(RedisCommand.Create("BLPOP", Clients.Key(), "0.01"), None, TimeSpan.FromSeconds(10));

        reply.IsNull.Should().BeTrue();
    }

    [Fact]
    public async Task Push_messages_of_the_server_are_no_replies()
    {
        await using var client = Clients.For(redis.Url, protocol: 3);
        await using var other = Clients.For(redis.Url);
        var key = Clients.Key();
        await client.ExecuteAsync(RedisCommand.Create("CLIENT", "TRACKING", "ON"), None);

        for (var i = 0; i < 50; i++)
        {
            await client.ExecuteAsync(RedisCommand.Create("GET", key), None);
            await other.ExecuteAsync(RedisCommand.Create("SET", key, i), None);

            (await client.ExecuteAsync(RedisCommand.Create("GET", key), None)).AsInteger().Should().Be(i);
        }
    }

    [Fact]
    public async Task Cancelled_caller_leaves_the_connection_to_the_others()
    {
        await using var client = Clients.For(redis.Url);
        using var cancelled = new CancellationTokenSource();
        var waiting = client.ExecuteAsync(RedisCommand.Create("BLPOP", Clients.Key(), "0.3"), cancelled.Token);
        var behind = client.ExecuteAsync(RedisCommand.Create("ECHO", "mine"), None);

        await cancelled.CancelAsync();

        await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<OperationCanceledException>();
        (await behind).AsString().Should().Be("mine");
    }

    [Fact]
    public async Task Disposed_client_refuses_commands()
    {
        var client = Clients.For(redis.Url);
        await client.ConnectAsync(None);
        await client.DisposeAsync();

        var execute = () => client.ExecuteAsync(RedisCommand.Create("PING"), None);

        await execute.Should().ThrowAsync<ObjectDisposedException>();
        client.IsConnected.Should().BeFalse();
    }

    [Fact]
    public async Task Client_may_be_disposed_twice_and_unused()
    {
        var client = Clients.For(redis.Url);

        await client.DisposeAsync();
        await client.DisposeAsync();
    }
}
