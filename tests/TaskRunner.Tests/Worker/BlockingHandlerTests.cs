using System.Collections.Concurrent;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Handlers that block their threads, as synchronous code does.</summary>
public sealed class BlockingHandlerTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const int Slots = 200;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Ways => ["wait", "lock", "result", "thread of the pool", "after an await"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Two_hundred_handlers_that_block_all_start_and_probes_and_metrics_answer_meanwhile(string way)
    {
        using var release = new ManualResetEventSlim();
        var gate = new Lock();
        var holder = HoldUntil(gate, release);
        var started = 0;
        var variables = ProgramVariables.Of(redis);
        var program = new StockProgram(variables)
        {
            Map = app => app.MapTask("block", async (JsonElement _, TaskContext _, CancellationToken _) =>
            {
                if (way == "after an await")
                {
                    await Task.Yield();
                }

                Interlocked.Increment(ref started);
                Block(way, gate, release);
            }),
        };
        await using var worker = await program.StartAsync("worker", "--concurrency", $"{Slots}");
        await worker.UntilReadyAsync();
        try
        {
            (await program.RunAsync("enqueue", "block", "--count", $"{Slots}", "--keep", "1m")).Code.Should().Be(0);

            await Eventually.TrueAsync(() => Volatile.Read(ref started) == Slots, Within);
            foreach (var path in new[] { "/livez", "/readyz", "/metrics" })
            {
                (await worker.GetAsync(path).WaitAsync(Within)).Status.Should().Be(200, path);
            }
        }
        finally
        {
            release.Set();
            holder.Join();
        }
    }

    [Fact]
    public async Task Task_that_waits_for_a_thread_is_reserved_and_does_not_count_as_running()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var waiting = new ConcurrentQueue<RunningTask>();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("any", (JsonElement _, TaskContext _, CancellationToken _) => Task.FromResult("done"));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);
        worker.Engine.Processor.Schedule = waiting.Enqueue;

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("any"));

        var report = await Eventually.ReturnsAsync(() => ReportAsync(harness, worker), r => r?.Reserved.Count == 1);
        report!.Reserved.Should().Equal(sent.Id.ToString("N"));
        report.Running.Should().Be(0);
        (await harness.Broker.StatusAsync("default", default)).Running.Should().Be(1, "the worker holds it");

        waiting.Single().Execute();
        (await results.FinalAsync(sent.Id)).State.Should().Be(TaskState.Succeeded);
        await Eventually.ReturnsAsync(() => ReportAsync(harness, worker), r => r?.Reserved.Count == 0);
    }

    private static async Task<WorkerReport?> ReportAsync(BrokerHarness harness, TestWorker worker) =>
        (await harness.Broker.ReportsAsync([worker.Name], default)).GetValueOrDefault(worker.Name);

    /// <summary>A thread that holds the lock until it is released.</summary>
    private static Thread HoldUntil(Lock gate, ManualResetEventSlim release)
    {
        using var isHeld = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            lock (gate)
            {
                isHeld.Set();
                release.Wait(CancellationToken.None);
            }
        });
        thread.Start();
        isHeld.Wait(CancellationToken.None);
        return thread;
    }

    private static void Block(string way, Lock gate, ManualResetEventSlim release)
    {
        switch (way)
        {
            case "lock":
                lock (gate)
                {
                    // A thread of the test holds it.
                }

                break;
            case "result":
#pragma warning disable xUnit1031, CA1849 // That is what is tried.
                _ = Task.Run(() => release.Wait(CancellationToken.None)).ContinueWith(_ => 1, TaskScheduler.Default).Result;
                break;
            case "thread of the pool":
                Task.WaitAll(Task.Run(() => release.Wait(CancellationToken.None)), Task.Run(() => release.Wait(CancellationToken.None)));
#pragma warning restore xUnit1031, CA1849
                break;
            default:
                release.Wait(CancellationToken.None);
                break;
        }
    }
}
