using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Tls;

/// <summary>The program as it is shipped, with TLS to both stores: a client certificate for each, and an authority of one's own.</summary>
public sealed class ProcessTlsTests
{
    [Fact]
    public async Task Worker_reaches_both_stores_over_tls_and_writes_a_result()
    {
        using var authority = new TestAuthority();
        var files = authority.Issue("localhost");
        await using var redis = await RedisServer.StartAsync(new RedisServerOptions { TlsFiles = (files.Certificate, files.Key, authority.CaFile) });
        await using var postgres = await PostgresServer.StartNewAsync();
        await postgres.SecureAsync(files, authority.CaFile, "local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256 clientcert=verify-ca\n");
        var database = await postgres.CreateMigratedAsync();
        var client = authority.Issue("client");
        (string, string)[] variables =
        [
            ("TASKRUNNER_BROKER_URL", $"rediss://127.0.0.1:{redis.Port}"),
            ("TASKRUNNER_BROKER_CA_FILE", authority.CaFile),
            ("TASKRUNNER_BROKER_CERT_FILE", client.Certificate),
            ("TASKRUNNER_BROKER_KEY_FILE", client.Key),
            ("TASKRUNNER_DATABASE_URL", $"postgresql://{PostgresServer.User}@127.0.0.1:{postgres.Port}/{database.Database}?sslmode=verify-full"),
            ("TASKRUNNER_DATABASE_PASSWORD", PostgresServer.Password),
            ("TASKRUNNER_DATABASE_CA_FILE", authority.CaFile),
            ("TASKRUNNER_DATABASE_CERT_FILE", client.Certificate),
            ("TASKRUNNER_DATABASE_KEY_FILE", client.Key),
        ];
        await using var worker = WorkerProcess.Start("worker", variables);

        var outcome = await new StockProgram(variables).RunAsync("enqueue", "debug.echo", "--wait", "--timeout", "60s", "-o", "json");

        outcome.Code.Should().Be(0, $"{outcome.Error}{string.Join('\n', worker.Output)}");
        worker.Mappings.Should().Contain("libssl");
        (await postgres.ScalarAsync<string>(database.Database, "SELECT state FROM taskrunner.results")).Should().Be("succeeded");
        (await worker.TerminateAsync()).Should().Be(0);
    }
}
