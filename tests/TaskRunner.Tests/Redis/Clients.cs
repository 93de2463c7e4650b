using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Redis;

namespace TaskRunner.Tests.Redis;

/// <summary>Makes the clients under test.</summary>
internal static class Clients
{
    public static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);

    public static RedisOptions Options(string url, int protocol = 0) => RedisOptions.Parse(url) with { Protocol = protocol };

    public static RedisClient For(string url, int protocol = 0, ILogger? logger = null) => For(Options(url, protocol), logger);

    public static RedisClient For(RedisOptions options, ILogger? logger = null) =>
        new(options, "test", TimeProvider.System, logger ?? NullLogger.Instance);

    public static BlockingRedisClient Blocking(string url, int protocol = 0, ILogger? logger = null) => Blocking(Options(url, protocol), logger);

    public static BlockingRedisClient Blocking(RedisOptions options, ILogger? logger = null) =>
        new(options, "test-blocking", TimeProvider.System, logger ?? NullLogger.Instance);

    /// <summary>Whether an action came to its end; false when the server was unavailable.</summary>
    public static async Task<bool> SucceedsAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (RedisUnavailableException)
        {
            return false;
        }
    }

    public static string Key() => $"test:{Guid.NewGuid():n}";
}
