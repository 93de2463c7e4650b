using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisClientScriptedTests
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
    public async Task Missed_deadline_breaks_the_connection_and_the_next_command_gets_a_new_one()
    {
        await using var server = ScriptedRedisServer.Start(
            async connection =>
            {
                await connection.GreetAsync();
                await connection.ReadAsync();
            },
            connection => connection.AlwaysAsync("+fresh\r\n"));
        await using var client = Clients.For(server.Url);

        var late = () => client.ExecuteAsync(Ping, None, Clients.Soon);

        var exception = (await late.Should().ThrowAsync<RedisUnavailableException>()).Which;
        exception.MayHaveExecuted.Should().BeTrue();
        exception.Message.Should().Be($"Redis at 127.0.0.1:{server.Port} did not answer within 0.2 s");
        (await client.ExecuteAsync(Ping, None)).AsString().Should().Be("fresh");
    }

    [Fact]
    public async Task Late_reply_never_reaches_the_next_caller()
    {
        var release = new TaskCompletionSource();
        await using var server = ScriptedRedisServer.Start(
            async connection =>
            {
                await connection.GreetAsync();
                await connection.ReadAsync();
                await release.Task;
                await connection.SendAsync("+stale\r\n");
            },
            connection => connection.AlwaysAsync("+fresh\r\n"));
        await using var client = Clients.For(server.Url);

        await FluentActions.Awaiting(() => client.ExecuteAsync(Ping, None, Clients.Soon)).Should().ThrowAsync<RedisUnavailableException>();
        var next = client.ExecuteAsync(Ping, None);
        release.SetResult();

        (await next).AsString().Should().Be("fresh");
    }

    [Fact]
    public async Task Shorter_deadline_behind_a_longer_one_is_kept()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.ReadAsync();
        });
        await using var client = Clients.For(server.Url);

        var patient = client.ExecuteAsync(Ping, None, TimeSpan.FromMinutes(1));
        var hasty = () => client.ExecuteAsync(Ping, None, Clients.Soon);

        await hasty.Should().ThrowAsync<RedisUnavailableException>();
        await FluentActions.Awaiting(() => patient).Should().ThrowAsync<RedisUnavailableException>();
    }

    [Fact]
    public async Task Deadline_of_a_caller_that_was_cancelled_still_breaks_a_dead_connection()
    {
        await using var server = ScriptedRedisServer.Start(
            async connection =>
            {
                await connection.GreetAsync();
                await connection.ReadAsync();
            },
            connection => connection.AlwaysAsync("+fresh\r\n"));
        await using var client = Clients.For(server.Url);
        await client.ConnectAsync(None);
        using var cancelled = new CancellationTokenSource();
        var abandoned = client.ExecuteAsync(Ping, cancelled.Token, Clients.Soon);
        await cancelled.CancelAsync();

        await FluentActions.Awaiting(() => abandoned).Should().ThrowAsync<OperationCanceledException>();
        await Eventually.TrueAsync(() => server.Accepted == 2);
    }

    [Fact]
    public async Task Deadline_is_watched_anew_after_replies_in_time()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.GreetAsync();
            for (var i = 0; i < 3; i++)
            {
                await connection.ReadAsync();
                await connection.SendAsync("+ok\r\n");
            }
        });
        await using var client = Clients.For(server.Url);
        for (var i = 0; i < 3; i++)
        {
            await client.ExecuteAsync(Ping, None);
        }

        var late = () => client.ExecuteAsync(Ping, None, Clients.Soon);

        await late.Should().ThrowAsync<RedisUnavailableException>().WithMessage("*did not answer*");
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
    public async Task Handshake_without_an_answer_ends_with_the_connect_timeout()
    {
        await using var server = ScriptedRedisServer.Start(connection => connection.ReadAsync());
        await using var client = Clients.For(Clients.Options(server.Url) with { ConnectTimeout = Clients.Soon });

        var connect = () => client.ConnectAsync(None);

        (await connect.Should().ThrowAsync<RedisUnavailableException>()).Which.MayHaveExecuted.Should().BeFalse();
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
