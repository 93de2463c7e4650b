using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Tls;

/// <summary>A TLS connection to PostgreSQL that fails names the cause.</summary>
[Collection(PostgresFixture.Name)]
public sealed class PostgresTlsCauseTests(PostgresTlsCauseTests.Servers servers, PostgresFixture plain) : IClassFixture<PostgresTlsCauseTests.Servers>
{
    [Theory]
    [InlineData("empty.pem", "holds no certificate")]
    [InlineData("text.pem", "holds no certificate")]
    [InlineData("broken.pem", "holds a broken certificate")]
    [InlineData("missing.pem", "does not exist")]
    [InlineData("folder", "is a folder")]
    public async Task File_that_holds_no_authority_is_named(string file, string cause)
    {
        var path = Path.Combine(servers.Authority.Folder, file);

        await ShouldFailAsync(servers.Options with { CaFile = path, Tls = DatabaseTls.VerifyFull }, $"*'{path}' {cause}*");
    }

    [Fact]
    public async Task Folder_of_authorities_is_taken()
    {
        var folder = Directory.CreateDirectory(Path.Combine(servers.Authority.Folder, "authorities")).FullName;
        File.Copy(servers.Stranger.CaFile, Path.Combine(folder, "0.crt"), overwrite: true);
        File.Copy(servers.Authority.CaFile, Path.Combine(folder, "1.crt"), overwrite: true);
        await File.WriteAllTextAsync(Path.Combine(folder, ".hidden"), "no certificate");

        await ShouldServeAsync(servers.Trusting with { CaFile = folder });
    }

    [Fact]
    public async Task File_of_a_folder_that_holds_no_authority_is_named()
    {
        var folder = Directory.CreateDirectory(Path.Combine(servers.Authority.Folder, "mixed")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "notes.txt"), "no certificate");

        await ShouldFailAsync(servers.Trusting with { CaFile = folder }, $"*'{folder}' is a folder, and its file 'notes.txt' holds no certificate*");
    }

    [Fact]
    public async Task File_in_DER_is_taken() => await ShouldServeAsync(servers.Trusting with { CaFile = Path.Combine(servers.Authority.Folder, "ca.der") });

    [Theory]
    [InlineData(DatabaseTls.VerifyFull, "*its certificate is for localhost, 127.0.0.1 and not for 127.0.0.2*")]
    [InlineData(DatabaseTls.VerifyCa, null)]
    [InlineData(DatabaseTls.Require, null)]
    public async Task Name_mismatch_is_told_where_names_are_checked(DatabaseTls tls, string? message)
    {
        var options = servers.Trusting with { Host = "127.0.0.2", Tls = tls };

        await (message is null ? ShouldServeAsync(options) : ShouldFailAsync(options, message));
    }

    [Fact]
    public async Task Authority_that_is_not_in_the_file_is_told() =>
        await ShouldFailAsync(servers.Trusting with { CaFile = servers.Stranger.CaFile }, "*the authority of its certificate, CN=TaskRunner test authority, is not in the CA file*");

    [Fact]
    public async Task Authority_that_the_system_does_not_know_is_told() => await ShouldFailAsync(
        servers.Options with { Tls = DatabaseTls.VerifyFull }, "*the authority of its certificate, CN=TaskRunner test authority, is unknown to this system: name its CA file*");

    [Theory]
    [InlineData(DatabaseTls.Require)]
    [InlineData(DatabaseTls.VerifyCa)]
    [InlineData(DatabaseTls.VerifyFull)]
    public async Task Server_without_TLS_is_told(DatabaseTls tls) =>
        await ShouldFailAsync(plain.Server.Options("postgres") with { Tls = tls }, "*does not offer TLS, and sslmode=*needs it*");

    [Theory]
    [InlineData(DatabaseTls.Allow)]
    [InlineData(DatabaseTls.Prefer)]
    [InlineData(DatabaseTls.Disable)]
    public async Task Server_without_TLS_serves_those_who_do_not_need_it(DatabaseTls tls) => await ShouldServeAsync(plain.Server.Options("postgres") with { Tls = tls });

    [Theory]
    [InlineData(DatabaseTls.Allow)]
    [InlineData(DatabaseTls.Prefer)]
    [InlineData(DatabaseTls.Require)]
    public async Task Server_with_TLS_serves_those_who_do_not_verify_it(DatabaseTls tls) => await ShouldServeAsync(servers.Options with { Tls = tls });

    [Fact]
    public async Task Server_that_insists_on_TLS_says_so() => await ShouldFailAsync(servers.Options with { Tls = DatabaseTls.Disable }, "*no encryption*");

    [Fact]
    public async Task Client_certificate_that_is_wanted_is_told() => await ShouldFailAsync(servers.Trusting with { User = "certified" }, "*client certificate*");

    [Fact]
    public async Task Client_certificate_of_an_authority_that_the_server_does_not_know_is_told()
    {
        var (certificate, key) = servers.Stranger.Issue("certified");

        await ShouldFailAsync(servers.Trusting with { User = "certified", CertificateFile = certificate, KeyFile = key }, "*client certificate*");
    }

    [Theory]
    [InlineData(DatabaseTls.Prefer)]
    [InlineData(DatabaseTls.Require)]
    [InlineData(DatabaseTls.VerifyFull)]
    public async Task Client_certificate_is_shown(DatabaseTls tls)
    {
        var (certificate, key) = servers.Authority.Issue("certified");

        await ShouldServeAsync(servers.Options with { User = "certified", Password = null, Tls = tls, CaFile = tls == DatabaseTls.VerifyFull ? servers.Authority.CaFile : null, CertificateFile = certificate, KeyFile = key });
    }

    [Fact]
    public async Task Rotated_client_certificate_is_read_at_the_next_connection()
    {
        var (certificate, key) = servers.Stranger.Issue("certified");
        await using var postgres = new Postgres(servers.Trusting with { User = "certified", Password = null, CertificateFile = certificate, KeyFile = key });
        await FluentActions.Awaiting(() => postgres.PingAsync(default)).Should().ThrowAsync<DatabaseUnavailableException>();

        var (better, itsKey) = servers.Authority.Issue("certified");
        File.Copy(better, certificate, overwrite: true);
        File.Copy(itsKey, key, overwrite: true);

        await postgres.PingAsync(default);
    }

    [Fact]
    public async Task Channel_binding_of_hosted_databases_is_taken()
    {
        var url = $"postgresql://{PostgresServer.User}:{PostgresServer.Password}@127.0.0.1:{servers.Server.Port}/postgres?sslmode=require&channel_binding=require&connect_timeout=10&application_name=shop";

        await ShouldServeAsync(DatabaseOptions.Parse(url));
    }

    private static async Task ShouldFailAsync(DatabaseOptions options, string message)
    {
        await using var postgres = new Postgres(options);
        var ping = () => postgres.PingAsync(default);

        (await ping.Should().ThrowAsync<DatabaseUnavailableException>()).WithMessage(message);
    }

    private static async Task ShouldServeAsync(DatabaseOptions options)
    {
        await using var postgres = new Postgres(options);
        await postgres.PingAsync(default);
    }

    public sealed class Servers : IAsyncLifetime
    {
        public TestAuthority Authority { get; } = new();

        public TestAuthority Stranger { get; } = new("Another authority");

        public PostgresServer Server { get; private set; } = null!;

        public DatabaseOptions Options => Server.Options("postgres") with { Tls = null };

        public DatabaseOptions Trusting => Options with { CaFile = Authority.CaFile };

        public async Task InitializeAsync()
        {
            Authority.Write("empty.pem", "");
            Authority.Write("text.pem", "This is no certificate.\n");
            Authority.Write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
            Directory.CreateDirectory(Path.Combine(Authority.Folder, "folder"));
            await File.WriteAllBytesAsync(Path.Combine(Authority.Folder, "ca.der"), Authority.Der);
            Server = await PostgresServer.StartNewAsync();
            await Server.ExecuteAsync("postgres", "CREATE ROLE certified LOGIN");
            await Server.ExecuteAsync("postgres", "ALTER SYSTEM SET listen_addresses = '127.0.0.1, 127.0.0.2'");
            await Server.SecureAsync(
                Authority.Issue("localhost"),
                Authority.CaFile,
                "local all all trust\nhostssl all certified 127.0.0.0/8 cert\nhostssl all all 127.0.0.0/8 scram-sha-256\n");
        }

        public async Task DisposeAsync()
        {
            await Server.DisposeAsync();
            Authority.Dispose();
            Stranger.Dispose();
        }
    }
}
