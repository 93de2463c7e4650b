using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Tls;

/// <summary>Each combination of the settings of TLS works, or is a sentence with the name of the variable; none is a crash.</summary>
[Collection(PostgresFixture.Name)]
public sealed class TlsSettingsTests : IClassFixture<RedisFixture>, IDisposable
{
    private readonly PostgresFixture postgres;
    private readonly RedisFixture redis;
    private readonly TestAuthority authority = new();
    private readonly Dictionary<string, string?> files;

    public TlsSettingsTests(PostgresFixture postgres, RedisFixture redis)
    {
        this.postgres = postgres;
        this.redis = redis;
        var client = authority.Issue("client");
        files = new()
        {
            ["none"] = null,
            ["ca"] = authority.CaFile,
            ["missing"] = "/no/such/file.pem",
            ["empty"] = authority.Write("empty.pem", ""),
            ["text"] = authority.Write("text.pem", "text"),
            ["folder"] = authority.Folder,
            ["certificate"] = client.Certificate,
            ["key"] = client.Key,
            ["other key"] = authority.Issue("other").Key,
            ["passphrase"] = authority.Write("passphrase.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
        };
    }

    public static TheoryData<string> Modes() => [.. new[] { "", "disable", "allow", "prefer", "require", "verify-ca", "verify-full", "no-verify" }];

    public static TheoryData<string> Schemes() => ["redis", "rediss", "redis+sentinel", "rediss+sentinel", "unix"];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Database_settings_work_or_are_explained(string mode)
    {
        var url = $"postgresql://{PostgresServer.User}:{PostgresServer.Password}@127.0.0.1:{postgres.Server.Port}/{postgres.Shared.Database}{(mode.Length == 0 ? "" : $"?sslmode={mode}")}";
        foreach (var (ca, certificate, key) in Combinations())
        {
            var outcome = await RunAsync(("TASKRUNNER_DATABASE_URL", url), "DATABASE", ca, certificate, key, "migrate");

            var verifiesNothing = mode is "disable" or "allow" or "prefer";
            var mistakes = Mistakes(ca, certificate, key) + (mode == "no-verify" ? 1 : 0);
            var contradictions = (verifiesNothing && ca != "none" ? 1 : 0) + (mode == "disable" && certificate != "none" ? 1 : 0);
            var expected = mistakes + contradictions > 0 ? 2 : ca != "none" || mode.StartsWith("verify", StringComparison.Ordinal) || mode == "require" ? 3 : 0;
            ShouldBeExplained(outcome, expected, $"sslmode={mode}, CA {ca}, certificate {certificate}, key {key}", "TASKRUNNER_DATABASE_");
            if (expected == 2)
            {
                outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(mistakes + contradictions, outcome.Error);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public async Task Broker_settings_work_or_are_explained(string scheme)
    {
        var url = scheme switch
        {
            "unix" => "unix:///no/such.sock",
            _ when scheme.EndsWith("sentinel", StringComparison.Ordinal) => $"{scheme}://127.0.0.1:1/m",
            // A port where nobody listens fails at once.
            "rediss" => "rediss://127.0.0.1:1",
            _ => redis.Url,
        };
        foreach (var (ca, certificate, key) in Combinations())
        {
            var outcome = await RunAsync(("TASKRUNNER_BROKER_URL", url), "BROKER", ca, certificate, key, "inspect", "queues");

            var isPlain = !scheme.StartsWith("rediss", StringComparison.Ordinal);
            var isMistake = Mistakes(ca, certificate, key) > 0 || (isPlain && (ca != "none" || certificate != "none"));
            ShouldBeExplained(outcome, isMistake ? 2 : scheme == "redis" ? 0 : 3, $"{scheme}, CA {ca}, certificate {certificate}, key {key}", "TASKRUNNER_BROKER_");
        }
    }

    [Theory]
    [InlineData("postgresql://u@127.0.0.1:1/d?sslrootcert=/no/such.pem", "The CA file that the URL names does not exist.")]
    [InlineData("postgresql://u@127.0.0.1:1/d?sslcert=/no/such.pem", "The client certificate that the URL names does not exist.")]
    [InlineData("postgresql://u@127.0.0.1:1/d?sslkey=/no/such.pem", "sslkey is given without a certificate")]
    [InlineData("postgresql://u@127.0.0.1:1/d?sslmode=disable&channel_binding=require", "has channel_binding=require, which needs encryption")]
    [InlineData("postgresql://u@127.0.0.1:1/d?sslnegotiation=direct", "has sslnegotiation=direct, which needs sslmode=require")]
    public async Task Files_and_contradictions_of_the_url_are_told_without_quoting_it(string url, string sentence)
    {
        var outcome = await new StockProgram(("TASKRUNNER_DATABASE_URL", url)).RunAsync("migrate");

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain(sentence).And.NotContain("/no/such");
    }

    public void Dispose() => authority.Dispose();

    private static IEnumerable<(string Ca, string Certificate, string Key)> Combinations() =>
        from ca in new[] { "none", "ca", "missing", "empty", "text", "folder" }
        from pair in new[] { ("none", "none"), ("certificate", "key"), ("certificate", "none"), ("none", "key"), ("certificate", "other key"), ("certificate", "missing"), ("missing", "key"), ("empty", "key"), ("certificate", "passphrase"), ("certificate", "text") }
        select (ca, pair.Item1, pair.Item2);

    private static int Mistakes(string ca, string certificate, string key) =>
        (ca is "none" or "ca" ? 0 : 1) + ((certificate, key) is ("none", "none") or ("certificate", "key") ? 0 : 1);

    private async Task<StockProgram.Outcome> RunAsync((string, string) address, string store, string ca, string certificate, string key, params string[] verb)
    {
        var variables = new List<(string, string)> { address };
        foreach (var (name, file) in new[] { ("CA", ca), ("CERT", certificate), ("KEY", key) })
        {
            if (files[file] is { } path)
            {
                variables.Add(($"TASKRUNNER_{store}_{name}_FILE", path));
            }
        }

        return await new StockProgram([.. variables]).RunAsync(verb);
    }

    private static void ShouldBeExplained(StockProgram.Outcome outcome, int code, string why, string prefix)
    {
        outcome.Code.Should().Be(code, "{0}: {1}", why, outcome.Error);
        outcome.Error.Should().NotContain("   at ", why);
        if (code == 2)
        {
            outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().OnlyContain(line => line.StartsWith(prefix, StringComparison.Ordinal), why);
        }
    }
}
