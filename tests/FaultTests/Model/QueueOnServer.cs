using System.Globalization;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Model;

/// <summary>The same commands as those of the model, on a real server, with answers in the same words.</summary>
internal sealed class QueueOnServer(BrokerHarness harness, string url) : IAsyncDisposable
{
    private readonly WorkerLease lease = harness.Lease(url);
    private readonly Dictionary<string, TaskMessage> sent = new(StringComparer.Ordinal);

    public async Task<string> EnqueueAsync(string id, int priority, bool later)
    {
        var message = new TaskMessage { Id = Guid.ParseExact(id, "N"), Task = "debug.echo", Priority = priority, EnqueuedAt = DateTimeOffset.UnixEpoch };
        sent.TryAdd(id, message);
        var request = new EnqueueRequest(message) { RememberId = TimeSpan.FromHours(1), Delay = later ? TimeSpan.FromHours(1) : TimeSpan.Zero };
        return (await harness.Broker.EnqueueAsync([request], default))[0] == EnqueueStatus.Accepted ? "accepted" : "duplicate";
    }

    public void Take(string worker) => lease.Take(new WorkerDescription(worker, "host", ["default"], 4, DateTimeOffset.UnixEpoch, "1.0"));

    public async Task<string> FetchAsync(string worker, int want, string? acknowledge)
    {
        var reply = await harness.StepAsync(worker, want, acknowledge is null ? [] : [new Acknowledge(acknowledge, "default", [])]);
        return reply.LeaseLost
            ? "lost"
            : string.Create(CultureInfo.InvariantCulture, $"acknowledged {reply.Acknowledged}, fetched {string.Join(' ', reply.Messages.Select(m => m.Id))}");
    }

    public Task RetryAsync(string worker, string id) =>
        SettleAsync(worker, new Retry(id, "default", Envelope.Write(sent[id] with { Attempt = 1 }), TimeSpan.FromHours(1), []));

    public Task BuryAsync(string worker, string id) => SettleAsync(worker, new Bury(id, "default", Envelope.Write(sent[id]), "{}"u8.ToArray(), []));

    public Task ReleaseAsync(string worker, string id) => SettleAsync(worker, new Release(id, "default"));

    public string Leave(string worker) => string.Create(CultureInfo.InvariantCulture, $"put back {lease.Leave(worker)}");

    public async Task<string> DieAsync(string worker)
    {
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, "XX", 1, worker), default);
        return lease.Recover(worker, "default") is var (recovered, buried)
            ? string.Create(CultureInfo.InvariantCulture, $"recovered {recovered}, buried {buried}")
            : "nobody";
    }

    public async Task<string> PromoteAsync()
    {
        var due = (await harness.Client.ExecuteAsync(RedisCommand.Create("ZRANGE", harness.Queue.Delayed, 0, -1), default)).Items;
        foreach (var id in due)
        {
            await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Delayed, 1, id.AsString()), default);
        }

        await harness.Broker.PromoteAsync("default", 500, default);
        return string.Create(CultureInfo.InvariantCulture, $"promoted {due.Count}");
    }

    public Task PauseAsync(bool on) => harness.Client.ExecuteAsync(
        on ? RedisCommand.Create("HSET", harness.Queue.Meta, "paused", "1") : RedisCommand.Create("HDEL", harness.Queue.Meta, "paused"), default);

    public async Task<string> CountAsync()
    {
        var status = await harness.Broker.StatusAsync("default", default);
        return string.Create(CultureInfo.InvariantCulture, $"waiting {status.Waiting}, delayed {status.Delayed}, running {status.Running}, dead {status.Dead}, paused {status.Paused}");
    }

    public async ValueTask DisposeAsync()
    {
        lease.Dispose();
        await harness.DisposeAsync();
    }

    private async Task SettleAsync(string worker, Settlement settlement) => await harness.Broker.StepAsync(worker, [settlement], [], default);
}
