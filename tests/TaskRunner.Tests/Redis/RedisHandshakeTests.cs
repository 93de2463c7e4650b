using System.Text;
using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Resp;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisHandshakeTests
{
    private const string Hello = "%2\r\n+version\r\n+7.0.15\r\n+role\r\n+master\r\n";

    [Fact]
    public void Handshake_without_a_password_greets_and_pings()
    {
        var steps = Play(RedisOptions.Parse("redis://h"), Hello, "+PONG\r\n");

        steps.Should().Equal("HELLO 3 SETNAME worker-1", "PING");
    }

    [Theory]
    [InlineData("redis://:secret@h", "HELLO 3 AUTH default secret SETNAME worker-1")]
    [InlineData("redis://me:secret@h", "HELLO 3 AUTH me secret SETNAME worker-1")]
    public void Handshake_logs_in_with_the_greeting(string url, string greeting)
    {
        Play(RedisOptions.Parse(url), Hello, "+PONG\r\n")[0].Should().Be(greeting);
    }

    [Fact]
    public void Handshake_selects_the_database()
    {
        Play(RedisOptions.Parse("redis://h/3"), Hello, "+OK\r\n", "+PONG\r\n").Should().Equal("HELLO 3 SETNAME worker-1", "SELECT 3", "PING");
    }

    [Theory]
    [InlineData("-NOPROTO unsupported protocol version\r\n")]
    [InlineData("-ERR unknown command `HELLO`, with args beginning with: `3`\r\n")]
    [InlineData("-ERR Unknown command 'HELLO'\r\n")]
    public void Handshake_falls_back_to_the_old_protocol(string refusal)
    {
        var steps = Play(RedisOptions.Parse("redis://:secret@h/1"), refusal, "+OK\r\n", "+OK\r\n", "$19\r\nredis_version:5.0.3\r\n", "+OK\r\n", "+PONG\r\n");

        steps.Skip(1).Should().Equal("AUTH secret", "CLIENT SETNAME worker-1", "INFO server", "SELECT 1", "PING");
    }

    [Fact]
    public void Handshake_skips_the_greeting_when_the_old_protocol_is_asked_for()
    {
        var steps = Play(RedisOptions.Parse("redis://me:secret@h?protocol=2"), "+OK\r\n", "+OK\r\n", "$0\r\n\r\n", "+PONG\r\n");

        steps.Should().Equal("AUTH me secret", "CLIENT SETNAME worker-1", "INFO server", "PING");
    }

    [Fact]
    public void Handshake_fails_when_the_new_protocol_is_asked_for_and_missing()
    {
        var play = () => Play(RedisOptions.Parse("redis://h?protocol=3"), "-NOPROTO unsupported protocol version\r\n");

        play.Should().Throw<RedisServerException>().Which.Code.Should().Be("NOPROTO");
    }

    [Fact]
    public void Wrong_password_is_one_sentence_without_the_password()
    {
        var play = () => Play(RedisOptions.Parse("redis://me:topsecret@h:7000"), "-WRONGPASS invalid username-password pair or user is disabled.\r\n");

        var exception = play.Should().Throw<RedisServerException>().Which;
        exception.Code.Should().Be("WRONGPASS");
        exception.Message.Should().Be("Redis at h:7000 refused the password of the user me");
    }

    [Fact]
    public void Missing_password_is_one_sentence()
    {
        var play = () => Play(RedisOptions.Parse("redis://h"), "-NOAUTH HELLO must be called with the client already authenticated\r\n");

        var exception = play.Should().Throw<RedisServerException>().Which;
        exception.Code.Should().Be("NOAUTH");
        exception.Message.Should().Be("Redis at h:6379 wants a password and none is configured");
    }

    [Fact]
    public void Missing_password_is_noticed_with_the_old_protocol()
    {
        var play = () => Play(RedisOptions.Parse("redis://h?protocol=2"), "-NOAUTH Authentication required.\r\n");

        play.Should().Throw<RedisServerException>().Which.Code.Should().Be("NOAUTH");
    }

    [Fact]
    public void Database_that_does_not_exist_is_reported()
    {
        var play = () => Play(RedisOptions.Parse("redis://h/99"), Hello, "-ERR DB index is out of range\r\n");

        play.Should().Throw<RedisServerException>().WithMessage("*DB index is out of range*");
    }

    [Theory]
    [InlineData("-LOADING Redis is loading the dataset in memory\r\n")]
    [InlineData("-MASTERDOWN Link with MASTER is down\r\n")]
    public void Server_that_cannot_serve_yet_is_unavailable(string refusal)
    {
        var play = () => Play(RedisOptions.Parse("redis://h"), Hello, refusal);

        play.Should().Throw<RedisUnavailableException>().Which.MayHaveExecuted.Should().BeFalse();
    }

    [Fact]
    public void Replica_is_unavailable()
    {
        var play = () => Play(RedisOptions.Parse("redis://h"), "%1\r\n+role\r\n+replica\r\n");

        play.Should().Throw<RedisUnavailableException>().WithMessage("Redis at h:6379 is a replica, which takes no writes");
    }

    [Fact]
    public void User_without_the_right_to_name_connections_is_served()
    {
        var steps = Play(
            RedisOptions.Parse("redis://h?protocol=2"),
            "-NOPERM this user has no permissions to run the 'client|setname' command\r\n",
            "-NOPERM this user has no permissions to run the 'info' command\r\n",
            "-NOPERM this user has no permissions to run the 'ping' command\r\n");

        steps.Should().HaveCount(3);
    }

    [Fact]
    public void Password_file_that_cannot_be_read_is_unavailable()
    {
        var options = RedisOptions.Parse("redis://h") with { Password = () => throw new FileNotFoundException("no such file") };

        var play = () => Play(options);

        play.Should().Throw<RedisUnavailableException>().WithMessage("*password*cannot be read*");
    }

    [Fact]
    public void Connection_name_is_sent_without_spaces()
    {
        var handshake = new RedisHandshake(RedisOptions.Parse("redis://h"), "my worker\n1");

        var greeting = Encode(handshake.Steps().First());

        greeting.Should().Be("HELLO 3 SETNAME my-worker-1");
    }

    private static List<string> Play(RedisOptions options, params string[] replies)
    {
        var handshake = new RedisHandshake(options, "worker-1");
        var steps = new List<string>();
        foreach (var step in handshake.Steps())
        {
            new RespParser().TryRead(Encoding.UTF8.GetBytes(replies[steps.Count]), out _, out var reply);
            handshake.Reply = reply;
            steps.Add(Encode(step));
        }

        return steps;
    }

    private static string Encode(RedisCommand command)
    {
        var writer = new RespWriter();
        command.WriteTo(writer);
        new RespParser().TryRead(writer.Written.Span, out _, out var value);
        return string.Join(' ', value.Items.Select(item => item.AsString()));
    }
}
