using System.Globalization;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Resp;
using TaskRunner.Results;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>The same commands as those of the model, on a real server, with answers in the same words.</summary>
internal sealed partial class QueueOnServer : IAsyncDisposable
{
    private static readonly IReadOnlyList<string> Workers = ["w0", "w1", "w2"];

    private readonly BrokerHarness harness;
    private readonly BrokerCalls calls;
    private readonly HostileOnServer hostile;
    private readonly WorkerLease lease;
    private readonly WorkerLease knowing;

    /// <summary>Messages as their workers last got them.</summary>
    private readonly Dictionary<string, byte[]> messages = new(StringComparer.Ordinal);

    private QueueOnServer(BrokerHarness harness, string url)
    {
        this.harness = harness;
        calls = new BrokerCalls(harness.Keys, harness.Broker.Options);
        hostile = new HostileOnServer(harness, calls);
        lease = harness.Lease(url);
        knowing = harness.Lease(url, known: [new KnownTask(ModelKinds.NewType[2..], null)]);
    }

    /// <summary>Whether the last command told its worker that nothing will start by itself.</summary>
    public bool SaysThatNothingIsDue { get; private set; }

    public static async Task<QueueOnServer> OpenAsync(string url, int maxDead = QueueModel.MaxDead)
    {
        var harness = await BrokerHarness.OpenAsync(url, options => options with { MaxRedeliveries = QueueModel.MaxRedeliveries, MaxDeadTasks = maxDead });
        var opened = new QueueOnServer(harness, url);
        foreach (var worker in QueueModel.FirstWorkers)
        {
            await opened.TakeAsync(worker);
        }

        // The first reading takes the tokens that the opening left.
        await opened.StateAsync();
        return opened;
    }

    /// <summary>The hostile messages of the queue.</summary>
    public HostileOnServer Hostile => hostile;

    public Task<string> LetInAsync(QueueCommand command) => hostile.LetInAsync(command);

    public Task<QueueState> StateAsync() => QueueState.ReadAsync(harness, Workers);

    public async Task<string> DoAsync(QueueCommand command)
    {
        SaysThatNothingIsDue = false;
        return await command.Verb.AskAsync(this, command);
    }

    public async Task<string> EnqueueAsync(string id, int priority, bool later, ModelRules rules)
    {
        var message = Message(id) with { Priority = priority, Rules = RulesOf(rules) };
        var request = new EnqueueRequest(message)
        {
            RememberId = TimeSpan.FromHours(1),
            Delay = later ? TimeSpan.FromHours(1) : TimeSpan.Zero,
            Expires = rules.Expires ? TimeSpan.FromHours(2) : null,
            OnConflict = rules.Replaces ? UniqueConflict.Replace : UniqueConflict.Reject,
        };
        return string.Join(' ', await harness.Broker.EnqueueAsync([request], default));
    }

    public async Task<string> FetchAsync(string worker, int want, string? acknowledge)
    {
        Acknowledge[] finished = acknowledge is null ? [] : [new Acknowledge(new Held("default", MessageOf(acknowledge)), Result(acknowledge, TaskState.Succeeded))];
        var reply = await harness.StepAsync(worker, want, finished);
        if (reply.LeaseLost)
        {
            return "lost";
        }

        SaysThatNothingIsDue = reply.NextDue is null;
        var tasks = reply.Messages.Where(held => !hostile.Meets(worker, held)).ToList();
        foreach (var held in tasks)
        {
            messages[held.Id] = held.Bytes;
        }

        return Line($"acknowledged {reply.Acknowledged}, expired {reply.Expired}, cancelled {reply.Cancelled}, fetched {string.Join(' ', tasks.Select(m => m.Id))}");
    }

    public async Task<string> PromoteAsync()
    {
        await SetScoresAsync(harness.Queue.Delayed, 1);
        var reply = await harness.Broker.PromoteAsync("default", 500, default);
        SaysThatNothingIsDue = reply.NextDue is null;
        return Line($"promoted {reply.Moved}, expired {reply.Expired}, queue opened {reply.QueueOpened}");
    }

    public async Task<string> FindAsync(string id) => await harness.Broker.FindAsync(Guid.ParseExact(id, "N"), default) is { } found
        ? Line($"{TaskStateName.Of(found.State)}{(found.Worker is { } worker ? $" on {worker}" : "")}, attempts {found.Attempts}, redeliveries {found.Redeliveries}")
        : "unknown";

    public async Task<string> CountAsync()
    {
        var s = await harness.Broker.StatusAsync("default", default);
        return Line(
            $"waiting {s.Waiting}, delayed {s.Delayed}, running {s.Running}, dead {s.Dead}, workers {s.Workers}, paused {s.Paused}, parked {s.Parked}, expired {s.Expired}, cancelled {s.Cancelled}");
    }

    public async ValueTask DisposeAsync()
    {
        lease.Dispose();
        knowing.Dispose();
        await Leftovers.RemoveAsync(harness);
        await harness.DisposeAsync();
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static TaskMessage Message(string id) => new() { Id = Guid.ParseExact(id, "N"), Task = "debug.echo", EnqueuedAt = DateTimeOffset.UnixEpoch };

    /// <summary>The message that a worker settles a task with; any, of one that no worker ever got.</summary>
    private byte[] MessageOf(string id) => messages.GetValueOrDefault(id) ?? Envelope.Write(Message(id));

    private static TaskRules? RulesOf(ModelRules rules)
    {
        var real = new TaskRules
        {
            UniqueKey = rules.UniqueKey,
            UniqueUntil = rules.UntilStart ? UniqueUntil.Start : UniqueUntil.Done,
            ConcurrencyKey = rules.ConcurrencyKey,
            ConcurrencyLimit = rules.Limit,
            RateKey = rules.IsRated ? QueueModel.KeyBucket[2..] : null,
            RateLimit = rules.IsRated ? RateOf(QueueModel.KeyBucket) : default,
        };
        return real.IsEmpty ? null : real;
    }

    /// <summary>A start a day, and so many at once as the model says.</summary>
    private static RateLimit RateOf(string bucket) => new(QueueModel.Ahead[bucket] * 10, TimeSpan.FromDays(QueueModel.Ahead[bucket] * 10));

    private static byte[] Result(string id, TaskState state) =>
        ResultRecord.Write(new TaskResult { Id = Guid.ParseExact(id, "N"), Task = "debug.echo", Queue = "default", State = state, Attempts = 1, EnqueuedAt = DateTimeOffset.UnixEpoch });

    private async Task SetScoresAsync(string set, int score)
    {
        var members = (await harness.Client.ExecuteAsync(RedisCommand.Create("ZRANGE", set, 0, -1), default)).Items;
        await harness.Client.ExecuteAsync([.. members.Select(member => RedisCommand.Create("ZADD", set, "XX", score, member.AsString()))], default);
    }

    private Task<RespValue> EvaluateAsync(LuaCall call) => harness.Client.EvaluateAsync(call, default);
}
