using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Redis;
using TaskRunner.Tests.Redis;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Addresses;

/// <summary>Passwords with every printable character log in at real servers, as they are and encoded.</summary>
public sealed class PasswordConnectionTests(RedisFixture redis, PostgresFixture postgres, ITestOutputHelper log) : IClassFixture<RedisFixture>, IClassFixture<PostgresFixture>
{
    private const int Sample = 32;

    private static readonly IReadOnlyList<string> All = [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => $"48{(char)c}x{(char)c}9Q"), "ß密码😀", new string('k', 300)];

    [Fact]
    public async Task Redis_takes_them()
    {
        await using var admin = Clients.For(redis.Url);
        foreach (var password in DailySample.Of(All, Sample, "passwords", log))
        {
            await admin.ExecuteAsync(RedisCommand.Create("ACL", "SETUSER", "typed", "reset", "on", ">" + password, "+@all"), default);
            foreach (var written in Written(password))
            {
                var options = Clients.Options($"redis://typed:{written}@127.0.0.1:{redis.Server.Port}/0", 3) with { ConnectTimeout = TimeSpan.FromMinutes(1) };
                await using var client = Clients.For(options);

                (await client.ExecuteAsync(RedisCommand.Create("ACL", "WHOAMI"), default)).AsString().Should().Be("typed");
            }
        }
    }

    [Fact]
    public async Task PostgreSQL_takes_them()
    {
        await postgres.Server.ExecuteAsync("postgres", "CREATE ROLE typed LOGIN");
        foreach (var password in DailySample.Of(All, Sample, "passwords", log))
        {
            await postgres.Server.ExecuteAsync("postgres", $"ALTER ROLE typed PASSWORD '{password.Replace("'", "''", StringComparison.Ordinal)}'");
            foreach (var written in Written(password))
            {
                var options = DatabaseOptions.Parse($"postgresql://typed:{written}@127.0.0.1:{postgres.Server.Port}/postgres?sslmode=disable&connect_timeout=60");
                await using var connections = new Postgres(options);

                await connections.PingAsync(default);
            }
        }
    }

    // A percent sign is followed by no two hexadecimal digits here, so that it stays.
    private static IEnumerable<string> Written(string password) => [password, Uri.EscapeDataString(password)];
}
