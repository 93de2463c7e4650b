using System.Globalization;
using System.Text;
using TaskRunner.Broker;
using TaskRunner.FaultWorker.Hostile;
using TaskRunner.Results;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>A queue with tasks in every place and under every rule, made by the program's own scripts; and hostile messages among them, if asked for.</summary>
internal sealed partial class Scene : IAsyncDisposable
{
    /// <summary>The worker that calls.</summary>
    public const string Living = "w0";

    /// <summary>The worker whose lease is over.</summary>
    public const string Gone = "w1";

    /// <summary>A type with a rate limit of its own, where the scene has one.</summary>
    public const string TypedTask = "typed.task";

    /// <summary>A group of a flow with two members, neither of which has ended.</summary>
    public static readonly Guid Group = Guid.ParseExact(new string('8', 32), "N");

    private readonly Dictionary<string, string> ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> held = new(StringComparer.Ordinal);
    private readonly List<HostileMessage> hostile = [];
    private readonly List<string> placed = [];
    private readonly HashSet<string> doubled = new(StringComparer.Ordinal);

    private Scene(string name, BrokerHarness harness, string url)
    {
        Name = name;
        Harness = harness;
        Calls = new BrokerCalls(harness.Keys, harness.Broker.Options);
        Lease = harness.Lease(url, TimeSpan.FromHours(1));
    }

    public string Name { get; }

    public BrokerHarness Harness { get; }

    public BrokerCalls Calls { get; }

    public WorkerLease Lease { get; }

    /// <summary>The queue as it was made.</summary>
    public Snapshot Start { get; private set; } = null!;

    /// <summary>Sound tasks by name.</summary>
    public IReadOnlyDictionary<string, string> Ids => ids;

    /// <summary>Sound tasks whose messages were pushed twice.</summary>
    public IReadOnlySet<string> Doubled => doubled;

    /// <summary>Hostile messages, and where each was put.</summary>
    public IEnumerable<(HostileMessage Message, string Place)> Hostile => hostile.Zip(placed);

    public QueueKeys Keys => Harness.Queue;

    /// <param name="url">The server.</param>
    /// <param name="hostileSeed">Draws hostile messages; null for none.</param>
    /// <param name="isLimited">Whether a task type has a rate limit.</param>
    public static async Task<Scene> BuildAsync(string url, int? hostileSeed, bool isLimited)
    {
        var harness = await BrokerHarness.OpenAsync(url, options => options with { MaxRedeliveries = 1, RetryBudget = 1 });
        var name = hostileSeed is { } seed ? string.Create(CultureInfo.InvariantCulture, $"hostile {seed}") : "sound";
        var scene = new Scene(isLimited ? name + ", limited" : name, harness, url);
        await scene.FillAsync(hostileSeed, isLimited);
        scene.Start = await Snapshot.ReadAsync(harness);
        return scene;
    }

    /// <summary>The message that the living worker got.</summary>
    public Held HeldBy(string name) => new("default", held[ids[name]]);

    public byte[] ResultOf(string id, TaskState state = TaskState.Succeeded) => ResultRecord.Write(new TaskResult
    {
        Id = Guid.ParseExact(id, "N"),
        Task = "debug.echo",
        Queue = "default",
        State = state,
        Attempts = 1,
        EnqueuedAt = DateTimeOffset.UnixEpoch,
        Worker = Living,
    });

    public TaskMessage Message(string name, TaskRules? rules = null, int priority = 5, int redeliveries = 0, string task = "debug.echo") => new()
    {
        Id = Guid.ParseExact(IdOf(name), "N"),
        Task = task,
        Queue = "default",
        Priority = priority,
        Redeliveries = redeliveries,
        Arguments = Encoding.UTF8.GetBytes($$"""{"name":"{{name}}"}"""),
        EnqueuedAt = DateTimeOffset.UnixEpoch.AddYears(50),
        Rules = rules,
    };

    public async ValueTask DisposeAsync()
    {
        Lease.Dispose();
        await Model.Leftovers.RemoveAsync(Harness);
        await Harness.DisposeAsync();
    }

    public string IdOf(string name)
    {
        if (!ids.TryGetValue(name, out var id))
        {
            id = (0x600d0000 + ids.Count).ToString("x32", CultureInfo.InvariantCulture);
            ids.Add(name, id);
        }

        return id;
    }

    public static TaskRules Rules(string? unique = null, string? slot = null, int limit = 1, string? rate = null) => new()
    {
        UniqueKey = unique,
        ConcurrencyKey = slot,
        ConcurrencyLimit = limit,
        RateKey = rate,
        RateLimit = rate is null ? default : new RateLimit(10, TimeSpan.FromDays(10)),
    };
}
