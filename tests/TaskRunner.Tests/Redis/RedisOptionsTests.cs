using FluentAssertions;
using TaskRunner.Redis;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisOptionsTests
{
    [Theory]
    [InlineData("redis://localhost", "localhost", 6379, false, 0, 0)]
    [InlineData("redis://localhost:7000", "localhost", 7000, false, 0, 0)]
    [InlineData("rediss://redis.example.org:6380/3", "redis.example.org", 6380, true, 3, 0)]
    [InlineData("REDIS://10.0.0.1/", "10.0.0.1", 6379, false, 0, 0)]
    [InlineData("redis://[::1]:7000/1", "::1", 7000, false, 1, 0)]
    [InlineData("redis://[fe80::1]", "fe80::1", 6379, false, 0, 0)]
    [InlineData("redis://my_redis?protocol=2", "my_redis", 6379, false, 0, 2)]
    [InlineData("redis://h/15?protocol=3", "h", 6379, false, 15, 3)]
    public void Url_is_read_into_its_parts(string url, string host, int port, bool tls, int database, int protocol)
    {
        var options = RedisOptions.Parse(url);

        options.Should().BeEquivalentTo(new { Host = host, Port = port, Tls = tls, Database = database, Protocol = protocol });
    }

    [Theory]
    [InlineData("redis://h", null, null)]
    [InlineData("redis://:secret@h", null, "secret")]
    [InlineData("redis://worker@h", "worker", null)]
    [InlineData("redis://worker:secret@h", "worker", "secret")]
    [InlineData("redis://w%40x:p%3A%2F%25@h", "w@x", "p:/%")]
    [InlineData("redis://worker:a@b/c:d@h", "worker", "a@b/c:d")]
    [InlineData("redis://worker:@h", "worker", null)]
    public void Url_holds_user_and_password(string url, string? user, string? password)
    {
        var options = RedisOptions.Parse(url);

        options.Username.Should().Be(user);
        options.Password?.Invoke().Should().Be(password);
        (options.Password?.Invoke()).Should().Be(password);
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost:6379")]
    [InlineData("http://:topsecret@localhost")]
    [InlineData("redis://")]
    [InlineData("redis://:topsecret@")]
    [InlineData("redis://:topsecret@:6379")]
    [InlineData("redis://:topsecret@host:0")]
    [InlineData("redis://:topsecret@host:65536")]
    [InlineData("redis://:topsecret@host:")]
    [InlineData("redis://:topsecret@host:abc")]
    [InlineData("redis://:topsecret@ho st")]
    [InlineData("redis://:topsecret@host/one")]
    [InlineData("redis://:topsecret@host/-1")]
    [InlineData("redis://:topsecret@host?protocol=4")]
    [InlineData("redis://:topsecret@host?protocol=")]
    [InlineData("redis://:topsecret@host?timeout=5")]
    [InlineData("redis://:topsecret@[::1")]
    [InlineData("redis://:topsecret@[::1]x")]
    [InlineData("redis://:topsecret@[]:1")]
    public void Malformed_url_is_refused_with_a_sentence_that_shows_no_password(string url)
    {
        var parse = () => RedisOptions.Parse(url);

        parse.Should().Throw<FormatException>().Which.Message.Should().StartWith("The broker URL").And.NotContain("topsecret");
    }

    [Theory]
    [InlineData("redis://worker:topsecret@h:7000/2?protocol=2", "redis://worker@h:7000/2?protocol=2")]
    [InlineData("rediss://:topsecret@[::1]", "rediss://[::1]:6379/0")]
    public void Options_show_everything_but_the_password(string url, string shown)
    {
        RedisOptions.Parse(url).ToString().Should().Be(shown);
    }

    [Fact]
    public void Timeouts_are_five_seconds_unless_set()
    {
        var options = RedisOptions.Parse("redis://h");

        options.ConnectTimeout.Should().Be(TimeSpan.FromSeconds(5));
        options.CommandTimeout.Should().Be(TimeSpan.FromSeconds(5));
    }
}
