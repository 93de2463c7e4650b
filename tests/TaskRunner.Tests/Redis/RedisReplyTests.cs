using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

/// <summary>However replies are cut and mixed on the wire, each reaches the caller that it is for.</summary>
public sealed class RedisReplyTests
{
    private static readonly RedisCommand Ping = RedisCommand.Create("PING", "x");

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Replies_may_arrive_in_single_bytes()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.ReadAsync();
            await connection.SendInBytesAsync("*2\r\n$5\r\nhello\r\n%1\r\n+a\r\n:1\r\n");
        });
        await using var client = Clients.For(server.Url);

        var reply = await client.ExecuteAsync(Ping, None);

        reply.ToString().Should().Be("[hello, [a, 1]]");
    }

    [Fact]
    public async Task Several_replies_may_arrive_at_once()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.ReadAsync();
            await connection.ReadAsync();
            await connection.SendAsync("+first\r\n+second\r\n");
        });
        await using var client = Clients.For(server.Url);
        await client.ConnectAsync(None);

        var first = client.ExecuteAsync(Ping, None);
        var second = client.ExecuteAsync(Ping, None);

        (await first).AsString().Should().Be("first");
        (await second).AsString().Should().Be("second");
    }

    [Fact]
    public async Task Push_messages_before_between_and_after_replies_are_skipped()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.ReadAsync();
            await connection.SendAsync(">1\r\n+news\r\n+first\r\n>2\r\n+more\r\n+news\r\n+second\r\n>1\r\n+end\r\n");
        });
        await using var client = Clients.For(server.Url);

        var replies = await client.ExecuteAsync([Ping, Ping], None);

        replies.Select(reply => reply.AsString()).Should().Equal("first", "second");
    }

    [Fact]
    public async Task Push_message_while_idle_does_no_harm()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.SendAsync(">1\r\n+news\r\n");
            await connection.ReadAsync();
            await connection.SendAsync("+first\r\n");
        });
        await using var client = Clients.For(server.Url);
        await client.ConnectAsync(None);

        (await client.ExecuteAsync(Ping, None)).AsString().Should().Be("first");
        server.Accepted.Should().Be(1);
    }

    [Fact]
    public async Task Callers_cancelled_out_of_order_do_not_shift_the_replies_of_others()
    {
        var go = new TaskCompletionSource();
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await go.Task;
            for (var i = 0; i < 5; i++)
            {
                await connection.SendAsync($"+{(await connection.ReadAsync())[1]}\r\n");
            }
        });
        await using var client = Clients.For(server.Url);
        await client.ConnectAsync(None);
        var sources = Enumerable.Range(0, 5).Select(_ => new CancellationTokenSource()).ToArray();
        var callers = sources.Select((source, i) => client.ExecuteAsync(RedisCommand.Create("ECHO", i), source.Token)).ToArray();

        await sources[3].CancelAsync();
        await sources[0].CancelAsync();
        go.SetResult();

        (await callers[1]).AsString().Should().Be("1");
        (await callers[2]).AsString().Should().Be("2");
        (await callers[4]).AsString().Should().Be("4");
        callers[0].IsCanceled.Should().BeTrue();
        callers[3].IsCanceled.Should().BeTrue();
        Array.ForEach(sources, source => source.Dispose());
    }

    [Fact]
    public async Task Callers_get_their_own_replies_over_connections_that_break_again_and_again()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            for (var i = 0; i < 1_000; i++)
            {
                await connection.SendAsync($"+{(await connection.ReadAsync())[1]}\r\n");
            }

            connection.Reset();
        });
        await using var client = Clients.For(server.Url);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                var number = (caller * 100) + i;
                await Eventually.TrueAsync(() => Clients.SucceedsAsync(async () =>
                    (await client.ExecuteAsync(RedisCommand.Create("ECHO", number), None)).AsInteger().Should().Be(number)));
            }
        })));

        server.Accepted.Should().BeGreaterThanOrEqualTo(4);
    }
}
