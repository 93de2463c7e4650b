using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

/// <summary>The client whose calls never need a thread of the pool, and a busy server.</summary>
public sealed class BlockingRedisPatienceTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Server_that_is_busy_for_longer_than_the_first_patience_is_heard_in_the_end()
    {
        using var client = new BlockingRedisClient(
            RedisOptions.Parse(redis.Url), "patient", TimeProvider.System, NullLogger.Instance, peers: null, patience: TimeSpan.FromMilliseconds(50));
        var silences = 0;
        // Each silence doubles the patience, up to the 5 s of a command.
        await Eventually.TrueAsync(() => Answers(client, ref silences), TimeSpan.FromMinutes(5));

        silences.Should().BePositive("50 ms are too short for a hundred million turns of a loop");
    }

    private static bool Answers(BlockingRedisClient client, ref int silences)
    {
        try
        {
            client.Execute(RedisCommand.Create("EVAL", "for i = 1, tonumber(ARGV[1]) do end return 1", 0, "100000000"));
            return true;
        }
        catch (RedisUnavailableException)
        {
            silences++.Should().BeLessThan(20);
            return false;
        }
        catch (RedisServerException e) when (e.Code == "BUSY")
        {
            // The script of an earlier call still runs: on a slow machine for more than the five seconds after which Redis says so.
            return false;
        }
    }
}
