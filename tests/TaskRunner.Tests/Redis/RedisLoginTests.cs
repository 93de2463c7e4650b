using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisLoginTests(RedisLoginTests.ServerWithUsers fixture) : IClassFixture<RedisLoginTests.ServerWithUsers>
{
    private static readonly RedisCommand WhoAmI = RedisCommand.Create("ACL", "WHOAMI");

    private static CancellationToken None => CancellationToken.None;

    private string Address => $"127.0.0.1:{fixture.Server.Port}";

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Password_alone_logs_in_the_default_user(int protocol)
    {
        await using var client = Clients.For(fixture.Server.Url, protocol);

        (await client.ExecuteAsync(WhoAmI, None)).AsString().Should().Be("default");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task User_and_password_log_in_that_user(int protocol)
    {
        await using var client = Clients.For($"redis://worker:work%20hard@{Address}", protocol);

        (await client.ExecuteAsync(WhoAmI, None)).AsString().Should().Be("worker");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Wrong_password_is_a_sentence_that_names_server_and_user(int protocol)
    {
        await using var client = Clients.For($"redis://worker:topsecret@{Address}", protocol);

        var connect = () => client.ConnectAsync(None);

        var exception = (await connect.Should().ThrowAsync<RedisServerException>()).Which;
        exception.Code.Should().Be("WRONGPASS");
        exception.Message.Should().Be($"Redis at {Address} refused the password of the user worker");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Missing_password_is_a_sentence_that_names_the_server(int protocol)
    {
        await using var client = Clients.For($"redis://{Address}", protocol);

        var connect = () => client.ConnectAsync(None);

        var exception = (await connect.Should().ThrowAsync<RedisServerException>()).Which;
        exception.Code.Should().Be("NOAUTH");
        exception.Message.Should().Be($"Redis at {Address} wants a password and none is configured");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task User_of_few_rights_is_served_within_them(int protocol)
    {
        await using var client = Clients.For($"redis://reader:read@{Address}", protocol);

        (await client.ExecuteAsync(RedisCommand.Create("GET", "k"), None)).IsNull.Should().BeTrue();
        var write = () => client.ExecuteAsync(RedisCommand.Create("SET", "k", "v"), None);

        (await write.Should().ThrowAsync<RedisServerException>()).Which.Code.Should().Be("NOPERM");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Rotated_password_is_read_at_the_next_connect(int protocol)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Password = "old" });
        var password = "old";
        await using var client = Clients.For(Clients.Options($"redis://127.0.0.1:{server.Port}", protocol) with { Password = () => Volatile.Read(ref password) });
        await client.ExecuteAsync(RedisCommand.Create("CONFIG", "SET", "requirepass", "new"), None);

        Volatile.Write(ref password, "new");
        await Clients.SucceedsAsync(() => client.ExecuteAsync(RedisCommand.Create("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"), None));

        await Eventually.TrueAsync(() => Clients.SucceedsAsync(() => client.ExecuteAsync(WhoAmI, None)));
    }

    [Fact]
    public async Task Client_that_was_refused_logs_in_once_its_password_is_right()
    {
        var password = "wrong";
        await using var client = Clients.For(Clients.Options($"redis://worker@{Address}") with { Password = () => Volatile.Read(ref password) });
        await FluentActions.Awaiting(() => client.ConnectAsync(None)).Should().ThrowAsync<RedisServerException>();

        Volatile.Write(ref password, "work hard");

        (await client.ExecuteAsync(WhoAmI, None)).AsString().Should().Be("worker");
    }

    [Fact]
    public async Task Command_with_a_wrong_password_is_told_the_reason()
    {
        await using var client = Clients.For($"redis://worker:wrong@{Address}");

        var execute = () => client.ExecuteAsync(WhoAmI, None, Clients.Soon);

        await execute.Should().ThrowAsync<RedisUnavailableException>().WithMessage("*refused the password of the user worker");
    }

    public sealed class ServerWithUsers : IAsyncLifetime
    {
        public RedisServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await RedisServer.StartAsync(new RedisServerOptions
        {
            Password = "p@ss/word",
            AclUsers = ["user worker on \">work hard\" ~* &* +@all", "user reader on >read ~* +@read +select +hello"],
        });

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
