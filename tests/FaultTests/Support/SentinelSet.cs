using System.Globalization;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Support;

/// <summary>A master, a replica, and three sentinels that watch them, all real processes.</summary>
internal sealed class SentinelSet : IAsyncDisposable
{
    public const string Master = "tasks";

    private readonly List<RedisServer> sentinels = [];

    private SentinelSet(RedisServer first, RedisServer second)
    {
        First = first;
        Second = second;
    }

    /// <summary>The master at the start.</summary>
    public RedisServer First { get; }

    /// <summary>The replica at the start.</summary>
    public RedisServer Second { get; }

    /// <summary>Addresses of the sentinels.</summary>
    public string Addresses => string.Join(',', sentinels.Select(s => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{s.Port}")));

    public string Url => $"redis+sentinel://{Addresses}/{Master}";

    /// <param name="sentinelPassword">What the sentinels ask their clients for; null for nothing.</param>
    public static async Task<SentinelSet> StartAsync(string? sentinelPassword = null)
    {
        var first = await RedisServer.StartAsync(new RedisServerOptions { AppendOnly = true });
        var second = await RedisServer.StartAsync(new RedisServerOptions { AppendOnly = true, Configuration = [$"replicaof 127.0.0.1 {first.Port}"] });
        var set = new SentinelSet(first, second);
        for (var i = 0; i < 3; i++)
        {
            set.sentinels.Add(await RedisServer.StartAsync(new RedisServerOptions { Sentinel = Configuration(first.Port, sentinelPassword) }));
        }

        await Eventually.TrueAsync(() => set.sentinels.All(s => Knows(s, sentinelPassword)), TimeSpan.FromSeconds(30), "each sentinel knows the replica and the other sentinels");
        return set;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sentinel in sentinels)
        {
            await sentinel.DisposeAsync();
        }

        await Second.DisposeAsync();
        await First.DisposeAsync();
    }

    private static List<string> Configuration(int master, string? password)
    {
        List<string> lines =
        [
            $"sentinel monitor {Master} 127.0.0.1 {master} 2",
            $"sentinel down-after-milliseconds {Master} 1000",
            $"sentinel failover-timeout {Master} 5000",
        ];
        if (password is not null)
        {
            lines.Add($"requirepass {password}");
            lines.Add($"sentinel sentinel-pass {password}");
        }

        return lines;
    }

    private static bool Knows(RedisServer sentinel, string? password)
    {
        using var admin = new RedisAdmin($"redis://127.0.0.1:{sentinel.Port}");
        if (password is not null)
        {
            admin.Send($"AUTH {password}");
        }

        return admin.Send("INFO sentinel").Contains("slaves=1,sentinels=3", StringComparison.Ordinal);
    }
}
