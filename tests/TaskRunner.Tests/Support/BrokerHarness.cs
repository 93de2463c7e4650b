using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Tests.Support;

/// <summary>A broker in a namespace of its own, and a plain client beside it to look at the keys.</summary>
internal sealed class BrokerHarness : IAsyncDisposable
{
    /// <summary>Longer than a program waits: a server may lack a processor that long on a busy machine.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private BrokerHarness(RedisClient client, BrokerOptions options)
    {
        Client = client;
        Broker = new RedisBroker(client, options);
        Keys = new BrokerKeys(options.Namespace);
    }

    public RedisClient Client { get; }

    public RedisBroker Broker { get; }

    public BrokerKeys Keys { get; }

    public QueueKeys Queue => Keys.Of("default");

    public static async Task<BrokerHarness> OpenAsync(string url, Func<BrokerOptions, BrokerOptions>? change = null)
    {
        var options = new BrokerOptions { Namespace = "t" + Guid.NewGuid().ToString("N")[..12], KeepResults = true };
        var patient = RedisOptions.Parse(url) with { ConnectTimeout = Patience, CommandTimeout = Patience };
        var client = new RedisClient(patient, "test", TimeProvider.System, NullLogger.Instance);
        await client.ConnectAsync(default);
        return new BrokerHarness(client, change?.Invoke(options) ?? options);
    }

    public WorkerLease Lease(string url, TimeSpan? duration = null, IReadOnlyList<KnownTask>? known = null) =>
        new(RedisOptions.Parse(url), "test-heartbeat", Broker.Options, () => ["default"], duration ?? TimeSpan.FromSeconds(10), TimeProvider.System, NullLogger.Instance, known);

    /// <summary>Takes a lease for a worker of this name.</summary>
    public void TakeLease(string url, string worker, TimeSpan? duration = null, IReadOnlyList<KnownTask>? known = null)
    {
        using var lease = Lease(url, duration, known);
        lease.Take(new WorkerDescription(worker, "host", ["default"], 4, TimeProvider.System.GetUtcNow(), "1.0"));
    }

    public static TaskMessage Message(string task = "debug.echo", string queue = "default", int priority = 5, string arguments = "{}") => new()
    {
        Id = TaskId.Next(TimeProvider.System),
        Task = task,
        Queue = queue,
        Priority = priority,
        Arguments = Encoding.UTF8.GetBytes(arguments),
        EnqueuedAt = TimeProvider.System.GetUtcNow(),
    };

    public async Task<TaskMessage> EnqueueAsync(TaskMessage? message = null, TimeSpan delay = default, TimeSpan remember = default)
    {
        var sent = message ?? Message();
        await Broker.EnqueueAsync([new EnqueueRequest(sent) { Delay = delay, RememberId = remember }], default);
        return sent;
    }

    /// <summary>One step of a worker on the default queue.</summary>
    public async Task<StepReply> StepAsync(string worker, int want, params Settlement[] settlements) =>
        (await Broker.StepAsync(worker, settlements, [new Fetch("default", want)], default))["default"];

    public async Task<long> NumberAsync(string command, string key) => (await Client.ExecuteAsync(RedisCommand.Create(command, key), default)).AsInteger();

    public async Task<string[]> ListAsync(string key) =>
        [.. (await Client.ExecuteAsync(RedisCommand.Create("LRANGE", key, 0, -1), default)).Items.Select(i => i.AsString())];

    /// <summary>Results in one of the broker's lists, as the relay reads them.</summary>
    public async Task<TaskResult[]> ResultsAsync(string key) =>
        [.. (await ListAsync(key)).Select(text => ResultRecord.Read(Encoding.UTF8.GetBytes(text), "default"))];

    /// <summary>The broker's clock, in milliseconds since the epoch.</summary>
    public async Task<long> ServerMillisecondsAsync()
    {
        var time = (await Client.ExecuteAsync(RedisCommand.Create("TIME"), default)).Items;
        return (time[0].AsInteger() * 1000) + (time[1].AsInteger() / 1000);
    }

    /// <summary>Waits until the broker's clock has gone on by this time.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        var end = await ServerMillisecondsAsync() + (long)time.TotalMilliseconds + 1;
        await Eventually.TrueAsync(async () => await ServerMillisecondsAsync() >= end);
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();
}
