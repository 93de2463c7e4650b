using TaskRunner.Redis;
using TaskRunner.Resp;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Storms;

/// <summary>Looks at the broker several times a second, each time in one atomic look, for a task that is booked twice.</summary>
internal sealed class Auditor : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    // The names of the hashes come from the leases, inside the script: the look must be one.
    private static readonly LuaScript Look = new("audit", """
        local seen, twice = {}, {}
        for _, worker in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
          for _, id in ipairs(redis.call('HKEYS', ARGV[1] .. worker)) do
            if seen[id] then twice[#twice + 1] = id end
            seen[id] = true
          end
        end
        for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
          if seen[id] then twice[#twice + 1] = id end
        end
        return twice
        """);

    private readonly BrokerHarness harness;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task<int> looking;

    private Auditor(BrokerHarness harness)
    {
        this.harness = harness;
        looking = LookAsync();
    }

    public static async Task<Auditor> StartAsync(string url, string @namespace) =>
        new(await BrokerHarness.OpenAsync(url, options => options with { Namespace = @namespace }));

    /// <summary>Ends the looking.</summary>
    /// <returns>How often a task was seen in two places.</returns>
    public async Task<int> StopAsync()
    {
        await stopping.CancelAsync();
        return await looking;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await harness.DisposeAsync();
        stopping.Dispose();
    }

    private async Task<int> LookAsync()
    {
        var findings = 0;
        var keys = harness.Queue;
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                RespValue twice = await harness.Client.EvaluateAsync(new LuaCall(Look, [keys.Leases, keys.Delayed], [keys.InFlight("")]), stopping.Token);
                findings += twice.Items.Count;
                await timer.WaitForNextTickAsync(stopping.Token);
            }
            catch (Exception e) when (e is RedisUnavailableException or RedisServerException or OperationCanceledException)
            {
                // Redis is being restarted, or the storm is over.
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        }

        return findings;
    }
}
