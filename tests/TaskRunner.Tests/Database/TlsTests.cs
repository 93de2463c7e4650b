using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

public sealed class TlsTests(TlsTests.EncryptedServer encrypted) : IClassFixture<TlsTests.EncryptedServer>
{
    [Theory]
    [InlineData(null, true, "127.0.0.1")]
    [InlineData(DatabaseTls.VerifyFull, true, "127.0.0.1")]
    [InlineData(DatabaseTls.VerifyCa, true, "localhost")]
    [InlineData(DatabaseTls.Require, true, "localhost")]
    [InlineData(DatabaseTls.Require, false, "127.0.0.1")]
    [InlineData(DatabaseTls.Prefer, false, "127.0.0.1")]
    [InlineData(null, false, "127.0.0.1")]
    public async Task Connection_is_encrypted(DatabaseTls? tls, bool withCa, string host)
    {
        var options = encrypted.Server.Options("postgres") with { Host = host, Tls = tls, CaFile = withCa ? encrypted.CaFile : null };

        (await IsEncryptedAsync(options)).Should().BeTrue();
    }

    [Fact]
    public async Task Connection_is_plain_when_encryption_is_disabled()
    {
        (await IsEncryptedAsync(encrypted.Server.Options("postgres") with { Tls = DatabaseTls.Disable })).Should().BeFalse();
    }

    [Theory]
    [InlineData(DatabaseTls.VerifyFull, "localhost", false)]
    [InlineData(DatabaseTls.VerifyFull, "127.0.0.1", true)]
    [InlineData(DatabaseTls.Require, "127.0.0.1", true)]
    public async Task Server_that_cannot_be_verified_is_refused(DatabaseTls tls, string host, bool otherCa)
    {
        var options = encrypted.Server.Options("postgres") with { Host = host, Tls = tls, CaFile = otherCa ? encrypted.OtherCaFile : encrypted.CaFile };

        var connect = () => IsEncryptedAsync(options);

        await connect.Should().ThrowAsync<DatabaseUnavailableException>().WithMessage("*check sslmode and the CA file*");
    }

    private static async Task<bool> IsEncryptedAsync(DatabaseOptions options)
    {
        await using var postgres = new Postgres(options);
        return await postgres.RunAsync(
            async (connection, stopping) =>
            {
                await using var command = new Npgsql.NpgsqlCommand("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", connection);
                return (bool)(await command.ExecuteScalarAsync(stopping))!;
            },
            CancellationToken.None);
    }

    /// <summary>A PostgreSQL with a certificate for 127.0.0.1 from an authority of its own.</summary>
    public sealed class EncryptedServer : IAsyncLifetime
    {
        private readonly string folder = Directory.CreateTempSubdirectory("taskrunner-tls-").FullName;

        public PostgresServer Server { get; private set; } = null!;

        public string CaFile => Path.Combine(folder, "ca.pem");

        public string OtherCaFile => Path.Combine(folder, "other.pem");

        public async Task InitializeAsync()
        {
            Server = await PostgresServer.StartNewAsync();
            var chain = TestCertificates.Create();
            await File.WriteAllTextAsync(CaFile, chain.Authority);
            await File.WriteAllTextAsync(OtherCaFile, TestCertificates.Create().Authority);
            await StoreAsync(chain.Key, "server.key");
            await StoreAsync(chain.Certificate, "server.crt");
            await Server.ExecuteAsync("postgres", "ALTER SYSTEM SET ssl = on");
            await Server.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
            await WaitUntilEncryptedAsync();
        }

        public async Task DisposeAsync()
        {
            await Server.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }

        // Through the server, because it refuses a key that does not belong to its own account.
        private Task<object?> StoreAsync(string pem, string file) => Server.ExecuteAsync(
            "postgres",
            $"COPY (SELECT unnest(string_to_array('{pem.ReplaceLineEndings("\n").Trim()}', E'\\n'))) TO PROGRAM 'umask 077; cat > {file}'");

        private async Task WaitUntilEncryptedAsync()
        {
            for (var attempt = 0; attempt < 200; attempt++)
            {
                if (await IsEncryptedAsync(Server.Options("postgres") with { Tls = DatabaseTls.Prefer }))
                {
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }
}
