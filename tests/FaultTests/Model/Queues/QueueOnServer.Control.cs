using System.Text;
using TaskRunner.Broker;
using TaskRunner.Redis;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>What people do to a queue and its tasks, and what time does.</summary>
internal sealed partial class QueueOnServer
{
    private static readonly byte[] LongAgo = Encoding.ASCII.GetBytes("""{"e":1000000000000""");

    public async Task<string> CancelAsync(string id) => (await harness.Broker.CancelAsync(Guid.ParseExact(id, "N"), default)).ToString();

    public async Task<string> PurgeAsync(string state) => Line($"purged {await harness.Broker.PurgeAsync("default", state, default)}");

    public async Task<string> RetryDeadAsync(string? id) => Line($"moved {await harness.Broker.RetryDeadAsync(Dead(id), null, default)}");

    public async Task<string> PurgeDeadAsync(string? id) => Line($"removed {await harness.Broker.PurgeDeadAsync(Dead(id), null, default)}");

    public async Task<string> SeeKeyAsync(string key) => (await harness.Broker.UniqueHolderAsync("default", key, default))?.ToString("N") ?? "nobody";

    public async Task<string> ReleaseKeyAsync(string key) => (await harness.Broker.ReleaseUniqueAsync("default", key, null, default))?.ToString("N") ?? "nobody";

    public async Task<string> LimitTypeAsync(bool on) =>
        Line($"changed {await harness.Broker.SetRateLimitAsync("default", QueueModel.TypeBucket[2..], on ? RateOf(QueueModel.TypeBucket) : null, default)}");

    public async Task<string> LimitQueueAsync(bool on) => Line($"changed {await harness.Broker.SetRateLimitAsync("default", null, on ? RateOf(QueueModel.QueueBucket) : null, default)}");

    public async Task<string> PauseAsync(bool on)
    {
        if (!on)
        {
            return Line($"was paused {await harness.Broker.ResumeAsync("default", default)}");
        }

        await harness.Broker.PauseAsync("default", null, "test", default);
        return "";
    }

    /// <summary>The longest time for which a key may be held is over.</summary>
    public async Task<string> PassHoldAsync(string key)
    {
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.UniqueEnds, "XX", 1, key), default);
        return "";
    }

    /// <summary>The days of all rate limits are over.</summary>
    public async Task<string> PassTimeAsync()
    {
        await SetScoresAsync(harness.Queue.Buckets, 1);
        await SetScoresAsync(harness.Queue.ParkedByRate, 0);
        return "";
    }

    /// <summary>The time to live of a task is over: its message says so, wherever it is.</summary>
    public async Task<string> PassDeadlineAsync(string id)
    {
        messages[id] = Overdue(MessageOf(id));
        if ((await QueueState.ReadAsync(harness, Workers)).Messages.TryGetValue(id, out var found))
        {
            await harness.Client.ExecuteAsync(found.Replace(Overdue(found.Message)), default);
        }

        return "";
    }

    private static DeadFilter Dead(string? id) => new() { Queue = "default", Ids = id is null ? [] : [id] };

    private static byte[] Overdue(byte[] message)
    {
        const int at = Envelope.HeaderLength + 5;
        return message.AsSpan(at).StartsWith(LongAgo.AsSpan(0, 5)) ? [.. message[..at], .. LongAgo, .. message[(at + LongAgo.Length)..]] : message;
    }
}
