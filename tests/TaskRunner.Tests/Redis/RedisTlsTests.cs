using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisTlsTests(RedisTlsTests.TlsServer fixture) : IClassFixture<RedisTlsTests.TlsServer>
{
    private static readonly RedisCommand Ping = RedisCommand.Create("PING");

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData("127.0.0.1", 2)]
    [InlineData("127.0.0.1", 3)]
    [InlineData("localhost", 3)]
    public async Task Server_of_a_trusted_authority_is_served_over_TLS(string host, int protocol)
    {
        await using var client = Clients.For(Trusting(host) with { Protocol = protocol });

        (await client.ExecuteAsync(Ping, None)).AsString().Should().Be("PONG");
    }

    [Fact]
    public async Task Large_values_travel_over_TLS()
    {
        await using var client = Clients.For(Trusting("localhost"));
        var content = new byte[2_000_000];
        Random.Shared.NextBytes(content);

        await client.ExecuteAsync(RedisCommand.Create("SET", "large", content), None);

        (await client.ExecuteAsync(RedisCommand.Create("GET", "large"), None)).AsBytes().Should().Equal(content);
    }

    [Fact]
    public async Task Many_callers_share_a_TLS_connection()
    {
        await using var client = Clients.For(Trusting("localhost"));

        var replies = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i =>
            Task.Run(async () => (await client.ExecuteAsync(RedisCommand.Create("ECHO", i), None)).AsInteger())));

        replies.Should().Equal(Enumerable.Range(0, 1_000).Select(i => (long)i));
    }

    [Fact]
    public async Task Blocking_client_is_served_over_TLS()
    {
        using var client = Clients.Blocking(Trusting("localhost"));

        client.Execute(Ping).AsString().Should().Be("PONG");
    }

    [Fact]
    public async Task Authority_that_is_not_trusted_is_refused()
    {
        await using var client = Clients.For(Trusting("localhost") with { CaFile = null });

        var connect = () => client.ConnectAsync(None);

        await connect.Should().ThrowAsync<RedisUnavailableException>().WithMessage("*certificate*");
    }

    [Fact]
    public async Task Certificate_for_another_host_is_refused()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Tls = true, TlsHostName = "redis.example.org" });
        await using var client = Clients.For(Clients.Options(server.Url) with { CaFile = server.Certificates!.CaFile });

        var connect = () => client.ConnectAsync(None);

        await connect.Should().ThrowAsync<RedisUnavailableException>().WithMessage("*its certificate is for redis.example.org and not for 127.0.0.1*");
    }

    [Fact]
    public async Task Missing_authority_file_is_named()
    {
        await using var client = Clients.For(Trusting("localhost") with { CaFile = "/no/such/ca.crt" });

        var connect = () => client.ConnectAsync(None);

        await connect.Should().ThrowAsync<RedisUnavailableException>().WithMessage("*/no/such/ca.crt*");
    }

    [Fact]
    public async Task Plain_connection_to_a_TLS_port_fails_with_a_sentence()
    {
        await using var client = Clients.For($"redis://127.0.0.1:{fixture.Server.Port}");

        var connect = () => client.ConnectAsync(None);

        await connect.Should().ThrowAsync<RedisUnavailableException>();
    }

    [Fact]
    public async Task TLS_connection_to_a_plain_port_fails_with_a_sentence()
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = Clients.For(Clients.Options($"rediss://127.0.0.1:{server.Port}") with { ConnectTimeout = Clients.Soon });

        var connect = () => client.ConnectAsync(None);

        await connect.Should().ThrowAsync<RedisUnavailableException>().WithMessage($"Redis at 127.0.0.1:{server.Port} cannot be reached: *");
    }

    private RedisOptions Trusting(string host) => new()
    {
        Host = host,
        Port = fixture.Server.Port,
        Tls = true,
        CaFile = fixture.Server.Certificates!.CaFile,
    };

    public sealed class TlsServer : IAsyncLifetime
    {
        public RedisServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await RedisServer.StartAsync(new RedisServerOptions { Tls = true });

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
