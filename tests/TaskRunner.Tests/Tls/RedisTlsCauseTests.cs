using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Tls;

/// <summary>A TLS connection to Redis that fails names the cause, for both clients.</summary>
public sealed class RedisTlsCauseTests(RedisTlsCauseTests.Servers servers) : IClassFixture<RedisTlsCauseTests.Servers>
{
    private static readonly RedisCommand Ping = RedisCommand.Create("PING");

    [Theory]
    [InlineData("empty.pem", "holds no certificate")]
    [InlineData("text.pem", "holds no certificate")]
    [InlineData("key.pem", "holds no certificate")]
    [InlineData("broken.pem", "holds a broken certificate")]
    [InlineData("missing.pem", "does not exist")]
    [InlineData("folder", "is a folder")]
    public async Task File_that_holds_no_authority_is_named(string file, string cause)
    {
        var path = Path.Combine(servers.Authority.Folder, file);

        await ShouldFailAsync(servers.Options(servers.Plain) with { Port = servers.Local.Port, CaFile = path }, $"*'{path}' {cause}*");
    }

    [Fact]
    public async Task Folder_of_authorities_is_taken()
    {
        var folder = Directory.CreateDirectory(Path.Combine(servers.Authority.Folder, "authorities")).FullName;
        File.Copy(servers.Stranger.CaFile, Path.Combine(folder, "0.crt"), overwrite: true);
        File.Copy(servers.Authority.CaFile, Path.Combine(folder, "1.crt"), overwrite: true);
        await File.WriteAllTextAsync(Path.Combine(folder, ".hidden"), "no certificate");

        await ShouldServeAsync(servers.Options(servers.Local) with { CaFile = folder });
    }

    [Fact]
    public async Task File_of_a_folder_that_holds_no_authority_is_named()
    {
        var folder = Directory.CreateDirectory(Path.Combine(servers.Authority.Folder, "mixed")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "notes.txt"), "no certificate");

        await ShouldFailAsync(servers.Options(servers.Local) with { CaFile = folder }, $"*'{folder}' is a folder, and its file 'notes.txt' holds no certificate*");
    }

    [Fact]
    public async Task File_in_DER_is_taken() => await ShouldServeAsync(servers.Options(servers.Local) with { CaFile = Path.Combine(servers.Authority.Folder, "ca.der") });

    [Fact]
    public async Task Name_mismatch_is_told() =>
        await ShouldFailAsync(servers.Options(servers.Elsewhere), "*its certificate is for redis.example.org and not for 127.0.0.1*");

    [Fact]
    public async Task Expired_certificate_is_told() => await ShouldFailAsync(servers.Options(servers.Expired), "*its certificate expired on 20*");

    [Fact]
    public async Task Authority_that_is_not_in_the_file_is_told() =>
        await ShouldFailAsync(servers.Options(servers.Local) with { CaFile = servers.Stranger.CaFile }, "*the authority of its certificate, CN=TaskRunner test authority, is not in the CA file*");

    [Fact]
    public async Task Authority_that_the_system_does_not_know_is_told() =>
        await ShouldFailAsync(servers.Options(servers.Local) with { CaFile = null }, "*the authority of its certificate, CN=TaskRunner test authority, is unknown to this system: name its CA file*");

    [Fact]
    public async Task Plain_port_is_told() =>
        await ShouldFailAsync(servers.Options(servers.Plain) with { ConnectTimeout = TimeSpan.FromSeconds(1) }, "*Does the port speak TLS?*redis://*");

    [Fact]
    public async Task Port_of_another_protocol_is_told()
    {
        await using var server = ScriptedRedisServer.Start(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n");
        });

        await ShouldFailAsync(servers.Options(servers.Local) with { Port = server.Port }, "*the port does not speak TLS*");
    }

    [Fact]
    public async Task Port_of_TLS_is_told() =>
        await ShouldFailAsync(servers.Options(servers.Local) with { Tls = false, CaFile = null }, "*Does the port expect TLS? Then the URL starts with rediss://*");

    [Fact]
    public async Task Client_certificate_that_is_wanted_is_told() => await ShouldFailAsync(servers.Options(servers.Mutual), "*client certificate*");

    [Fact]
    public async Task Client_certificate_of_an_authority_that_the_server_does_not_know_is_told()
    {
        var (certificate, key) = servers.Stranger.Issue("client");

        await ShouldFailAsync(servers.Options(servers.Mutual) with { CertificateFile = certificate, KeyFile = key }, "*client certificate*");
    }

    [Fact]
    public async Task Client_certificate_is_shown()
    {
        var (certificate, key) = servers.Authority.Issue("client");

        await ShouldServeAsync(servers.Options(servers.Mutual) with { CertificateFile = certificate, KeyFile = key });
    }

    [Fact]
    public async Task Key_in_the_file_of_the_certificate_is_found()
    {
        var (certificate, key) = servers.Authority.Issue("client");
        var both = servers.Authority.Write("both.pem", await File.ReadAllTextAsync(certificate) + "\n" + await File.ReadAllTextAsync(key));

        await ShouldServeAsync(servers.Options(servers.Mutual) with { CertificateFile = both });
    }

    [Fact]
    public async Task Rotated_client_certificate_is_read_at_the_next_connection()
    {
        var (certificate, key) = servers.Stranger.Issue("rotated");
        await using var client = Clients.For(servers.Options(servers.Mutual) with { CertificateFile = certificate, KeyFile = key });
        await FluentActions.Awaiting(() => client.ConnectAsync(default)).Should().ThrowAsync<RedisUnavailableException>();

        var (better, itsKey) = servers.Authority.Issue("rotated");
        File.Copy(better, certificate, overwrite: true);
        File.Copy(itsKey, key, overwrite: true);

        await Eventually.TrueAsync(() => Clients.SucceedsAsync(() => client.ExecuteAsync(Ping, default)));
    }

    [Fact]
    public async Task Key_of_another_certificate_is_told()
    {
        var (certificate, _) = servers.Authority.Issue("client");
        var (_, key) = servers.Authority.Issue("other");

        await ShouldFailAsync(servers.Options(servers.Mutual) with { CertificateFile = certificate, KeyFile = key }, $"*'{key}' holds a broken private key, or one that does not belong to the certificate in '{certificate}'*");
    }

    private static async Task ShouldFailAsync(RedisOptions options, string message)
    {
        await using var client = Clients.For(options);
        using var blocking = Clients.Blocking(options);
        var connect = () => client.ConnectAsync(default);
        var execute = () => blocking.Execute(Ping);

        (await connect.Should().ThrowAsync<RedisUnavailableException>()).WithMessage(message);
        execute.Should().Throw<RedisUnavailableException>().WithMessage(message);
    }

    private static async Task ShouldServeAsync(RedisOptions options)
    {
        await using var client = Clients.For(options);
        using var blocking = Clients.Blocking(options);

        (await client.ExecuteAsync(Ping, default)).AsString().Should().Be("PONG");
        blocking.Execute(Ping).AsString().Should().Be("PONG");
    }

    public sealed class Servers : IAsyncLifetime
    {
        public TestAuthority Authority { get; } = new();

        public TestAuthority Stranger { get; } = new("Another authority");

        public RedisServer Local { get; private set; } = null!;

        public RedisServer Elsewhere { get; private set; } = null!;

        public RedisServer Expired { get; private set; } = null!;

        public RedisServer Mutual { get; private set; } = null!;

        public RedisServer Plain { get; private set; } = null!;

        public RedisOptions Options(RedisServer server) => new() { Host = "127.0.0.1", Port = server.Port, Tls = true, CaFile = Authority.CaFile };

        public async Task InitializeAsync()
        {
            var local = Authority.Issue("localhost");
            Authority.Write("empty.pem", "");
            Authority.Write("text.pem", "This is no certificate.\n");
            Authority.Write("key.pem", await File.ReadAllTextAsync(local.Key));
            Authority.Write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
            Directory.CreateDirectory(Path.Combine(Authority.Folder, "folder"));
            await File.WriteAllBytesAsync(Path.Combine(Authority.Folder, "ca.der"), Authority.Der);
            Local = await StartAsync(local);
            Elsewhere = await StartAsync(Authority.Issue("redis.example.org"));
            Expired = await StartAsync(Authority.Issue("localhost", isExpired: true));
            Mutual = await StartAsync(local, Authority.CaFile);
            Plain = await RedisServer.StartAsync();
        }

        public async Task DisposeAsync()
        {
            foreach (var server in new[] { Local, Elsewhere, Expired, Mutual, Plain })
            {
                await server.DisposeAsync();
            }

            Authority.Dispose();
            Stranger.Dispose();
        }

        private static Task<RedisServer> StartAsync((string Certificate, string Key) files, string? clients = null) =>
            RedisServer.StartAsync(new RedisServerOptions { TlsFiles = (files.Certificate, files.Key, clients) });
    }
}
