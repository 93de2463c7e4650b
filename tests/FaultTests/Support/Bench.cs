using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Support;

/// <summary>A worker on a server that something happens to, and a way to see that it goes on.</summary>
internal sealed class Bench : IAsyncDisposable
{
    /// <summary>How soon a worker must go on once its server is back, without a restart.</summary>
    public static readonly TimeSpan Resume = TimeSpan.FromSeconds(5);

    private readonly TaskRunnerApp app = TaskRunnerApp.Create([]);

    private Bench(BrokerHarness harness)
    {
        Harness = harness;
        app.MapTask("mark", (JsonElement _, TaskContext context, CancellationToken _) =>
        {
            Ran[context.Id] = Stopwatch.GetTimestamp();
            return Task.CompletedTask;
        });
        app.MapTask("wait", async (JsonElement _, TaskContext context, CancellationToken stopping) =>
        {
            Started.TryAdd(context.Id, 0);
            await Released.Task.WaitAsync(stopping);
            Ran[context.Id] = Stopwatch.GetTimestamp();
        });
    }

    public BrokerHarness Harness { get; }

    public TestWorker Worker { get; private set; } = null!;

    public CapturingLogger Logger { get; } = new();

    /// <summary>Tasks that ran, with the time of their last run.</summary>
    public ConcurrentDictionary<Guid, long> Ran { get; } = new();

    /// <summary>Tasks of type <c>wait</c> that have begun.</summary>
    public ConcurrentDictionary<Guid, byte> Started { get; } = new();

    /// <summary>Lets tasks of type <c>wait</c> end.</summary>
    public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="direct">The server, for the test.</param>
    /// <param name="asWorker">The same as the worker reaches it; null for the same way.</param>
    public static async Task<Bench> StartAsync(string direct, string? asWorker = null)
    {
        var bench = new Bench(await BrokerHarness.OpenAsync(direct));
        bench.Worker = TestWorker.Start(bench.app, asWorker ?? direct, bench.Harness, logger: bench.Logger);
        await bench.Worker.UntilStartedAsync();
        await bench.RunsOneAsync();
        return bench;
    }

    /// <summary>One more worker of the same tasks.</summary>
    public TestWorker StartAnother(string url) => TestWorker.Start(app, url, Harness, options => options with { Name = "other" });

    /// <summary>Enqueues a task, as often as it takes, and waits until it ran.</summary>
    /// <returns>How long both took.</returns>
    public async Task<TimeSpan> RunsOneAsync(TimeSpan? within = null)
    {
        var began = Stopwatch.GetTimestamp();
        var message = BrokerHarness.Message("mark");
        await EnqueueAsync(message);
        await Eventually.TrueAsync(() => Ran.ContainsKey(message.Id), within ?? TimeSpan.FromSeconds(30), "a task runs");
        return Stopwatch.GetElapsedTime(began, Ran[message.Id]);
    }

    /// <summary>Enqueues until it is answered. The id is remembered, so that trying again makes no second task.</summary>
    public Task EnqueueAsync(TaskMessage message) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await Harness.Broker.EnqueueAsync([new EnqueueRequest(message) { RememberId = TimeSpan.FromMinutes(10) }], default);
                return true;
            }
            catch (BrokerUnavailableException)
            {
                return false;
            }
        },
        TimeSpan.FromSeconds(60),
        "an enqueue is answered");

    public async ValueTask DisposeAsync()
    {
        Released.TrySetResult();
        await Worker.DisposeAsync();
        await Harness.DisposeAsync();
    }
}
