using System.Globalization;
using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

/// <summary>Requests that their caller writes, and after which it goes on on the thread that reads.</summary>
public sealed class DirectRequestTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_the_caller_of_a_direct_request_goes_on_on_the_thread_that_reads(bool isDirect)
    {
        await using var client = Clients.For(redis.Url);
        await using var pusher = Clients.For(redis.Url);
        await client.ConnectAsync(None);
        var key = Clients.Key();
        var frames = PlaceAfterAsync(client.ExecuteAsync(RedisCommand.Create("BLPOP", key, 30), None, TimeSpan.FromSeconds(40), isDirect));

        await pusher.ExecuteAsync(RedisCommand.Create("RPUSH", key, "x"), None);

        (await frames).Contains(nameof(RedisConnection), StringComparison.Ordinal).Should().Be(isDirect);

        static async Task<string> PlaceAfterAsync(Task request)
        {
            await request;
            return Environment.StackTrace;
        }
    }

    [Fact]
    public async Task Chain_of_direct_requests_does_not_grow_the_stack()
    {
        await using var client = Clients.For(redis.Url);
        var ping = RedisCommand.Create("PING");
        var depths = new List<int>();

        for (var i = 0; i < 5_000; i++)
        {
            await client.ExecuteAsync(ping, None, isDirect: true);
            if (i % 1_000 == 999)
            {
                depths.Add(Environment.StackTrace.Split('\n').Length);
            }
        }

        depths.Should().OnlyContain(depth => depth < 100);
    }

    [Fact]
    public async Task Direct_and_other_requests_of_many_callers_each_get_their_own_reply()
    {
        await using var client = Clients.For(redis.Url);

        var replies = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(number => Task.Run(async () =>
            (number, reply: (await client.ExecuteAsync(RedisCommand.Create("ECHO", number), None, isDirect: number % 2 == 0)).AsString()))));

        replies.Should().OnlyContain(r => r.reply == r.number.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Caller_that_awaits_an_ordinary_request_and_then_blocks_holds_up_nobody()
    {
        await using var client = Clients.For(redis.Url);
        await client.ConnectAsync(None);
        using var blocked = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var blocking = Task.Run(async () =>
        {
            await client.ExecuteAsync(RedisCommand.Create("PING"), None);
            blocked.Set();
            release.Wait(TimeSpan.FromSeconds(30)).Should().BeTrue();
        });
        blocked.Wait(TimeSpan.FromSeconds(30)).Should().BeTrue();

        var reply = await client.ExecuteAsync(RedisCommand.Create("ECHO", "free"), None, isDirect: true).WaitAsync(TimeSpan.FromSeconds(10));

        reply.AsString().Should().Be("free");
        release.Set();
        await blocking;
    }

    [Fact]
    public async Task Direct_request_on_a_connection_that_breaks_ends_with_an_unknown_outcome()
    {
        await using var client = Clients.For(redis.Url);
        await using var killer = Clients.For(redis.Url);
        var id = await client.ExecuteAsync(RedisCommand.Create("CLIENT", "ID"), None, isDirect: true);
        var waiting = client.ExecuteAsync(RedisCommand.Create("BLPOP", Clients.Key(), 30), None, TimeSpan.FromSeconds(40), isDirect: true);

        await killer.ExecuteAsync(RedisCommand.Create("CLIENT", "KILL", "ID", id.AsInteger()), None);

        (await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<RedisUnavailableException>()).Which.MayHaveExecuted.Should().BeTrue();
        (await client.ExecuteAsync(RedisCommand.Create("PING"), None, isDirect: true)).AsString().Should().Be("PONG");
    }
}
