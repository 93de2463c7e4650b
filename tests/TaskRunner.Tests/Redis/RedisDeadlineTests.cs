using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

/// <summary>A server that does not answer in time.</summary>
public sealed class RedisDeadlineTests
{
    private static readonly RedisCommand Ping = RedisCommand.Create("PING", "x");

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Missed_deadline_breaks_the_connection_and_the_next_command_gets_a_new_one()
    {
        await using var server = ScriptedRedisServer.Start(
            connection => connection.IgnoreAsync(),
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
        await using var server = ScriptedRedisServer.Start(connection => connection.IgnoreAsync());
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
            connection => connection.IgnoreAsync(),
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
    public async Task Handshake_without_an_answer_ends_with_the_connect_timeout()
    {
        await using var server = ScriptedRedisServer.Start(connection => connection.ReadAsync());
        await using var client = Clients.For(Clients.Options(server.Url) with { ConnectTimeout = Clients.Soon });

        var connect = () => client.ConnectAsync(None);

        (await connect.Should().ThrowAsync<RedisUnavailableException>()).Which.MayHaveExecuted.Should().BeFalse();
    }
}
