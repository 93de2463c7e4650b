using System.Text.Json;
using FluentAssertions;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker.Hostile;

/// <summary>Whatever code of an application throws or does, wherever it runs: the attempt ends, its slot comes back, and its result says what happened.</summary>
public sealed class HostileCodeTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const int LongestText = 8 * 1024;

    /// <summary>Every place with everything that can be thrown there.</summary>
    public static TheoryData<string> Places() => [.. HostilePlace.All.Keys];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Whatever_is_thrown_at_a_place_ends_in_a_settlement_and_the_slot_comes_back(string where)
    {
        var place = HostilePlace.All[where];
        var thing = HostileThing.All.First().Value;
        await using var rig = await Rig.StartAsync(redis, place, () => throw thing(), patience: TimeSpan.FromMinutes(1));
        foreach (var (what, make) in HostileThing.All)
        {
            var thrown = make();
            thing = make;

            var result = await rig.RunAsync();

            result.State.Should().Be(place.State, $"{what} at the {where}: {result.Error}");
            (result.Output ?? result.Error).Should().Contain(place.Text ?? TaskRunner.ExceptionChain.Unwrap(thrown).GetType().Name, $"{what} at the {where}");
            (result.Error?.Length ?? 0).Should().BeLessThanOrEqualTo(LongestText, $"{what} at the {where}");
            (result.Stack?.Length ?? 0).Should().BeLessThanOrEqualTo(LongestText, $"{what} at the {where}");
        }
    }

    /// <summary>Places where code that never returns holds up something other than the handler itself.</summary>
    public static TheoryData<string> PlacesAroundTheHandler() => [.. HostilePlace.All.Where(p => p.Value.State == TaskState.Succeeded && !p.Value.IsMetrics).Select(p => p.Key), "log line of a failure"];

    [Theory]
    [MemberData(nameof(PlacesAroundTheHandler))]
    public async Task Code_around_a_handler_that_never_returns_costs_its_thread_and_neither_settlement_nor_slot(string where)
    {
        using var release = new ManualResetEventSlim();
        var place = HostilePlace.All[where];

        var result = await RunAsync(place, () => release.Wait(CancellationToken.None), TimeSpan.FromMilliseconds(300), release);

        // What blocks before the handler is no success; the handler never ran.
        if (result.State == TaskState.Dead && place.State == TaskState.Succeeded)
        {
            where.Should().MatchRegex("begin|sampler");
            result.Error.Should().Contain("did not start within 0.3 s");
        }
        else
        {
            result.State.Should().Be(place.State);
            (result.Output ?? result.Error).Should().Contain(place.Text);
        }
    }

    [Theory]
    [InlineData("reader of the arguments", "The arguments were not read within 0.3 s: a converter or a constructor does not return.")]
    [InlineData("writer of the output", "The task finished, but its output was not written as JSON within 0.3 s: a converter or a property does not return.")]
    [InlineData("property of the output", "The task finished, but its output was not written as JSON within 0.3 s: a converter or a property does not return.")]
    public async Task Conversion_that_never_returns_costs_its_thread_and_neither_settlement_nor_slot(string where, string error)
    {
        using var release = new ManualResetEventSlim();

        var result = await RunAsync(HostilePlace.All[where], () => release.Wait(CancellationToken.None), TimeSpan.FromMilliseconds(300), release);

        result.Should().BeEquivalentTo(new { State = TaskState.Dead, Error = error, Attempts = 1 });
    }

    [Theory]
    [InlineData("message")]
    [InlineData("stack")]
    [InlineData("text")]
    public async Task Exception_whose_description_never_returns_costs_its_thread_and_neither_settlement_nor_slot(string what)
    {
        using var release = new ManualResetEventSlim();
        string? Block()
        {
            release.Wait(CancellationToken.None);
            return "late";
        }

        var place = HostilePlace.All["handler, at once"] with { Loggers = _ => new HostileLogging() };
        var thrown = what switch
        {
            "message" => new HostileException { OnMessage = Block },
            "stack" => new HostileException { OnStack = Block },
            _ => new HostileException { OnToString = Block },
        };

        var result = await RunAsync(place, () => throw thrown, TimeSpan.FromMilliseconds(300), release);

        result.State.Should().Be(TaskState.Dead);
        result.Error.Should().Be(what == "text" ? "HostileException: hostile" : "HostileException (its text was not there after 0.3 s)");
    }

    [Fact]
    public async Task Callbacks_of_a_token_that_throw_or_block_hurt_nobody_but_themselves()
    {
        // A callback that is registered later runs at once, in the task itself.
        var afterRegistering = TimeSpan.FromSeconds(2);
        using var release = new ManualResetEventSlim();
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("throwing", async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            stopping.Register(() => throw new InvalidOperationException("a callback throws"));
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
        }).TimeLimit(afterRegistering).Retry(0);
        app.MapTask("blocking", async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            stopping.Register(() => release.Wait(CancellationToken.None));
            while (!stopping.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
            }
        }).TimeLimit(afterRegistering).Retry(0);
        await using var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Concurrency = 1 }, results);

        var throwing = await harness.EnqueueAsync(BrokerHarness.Message("throwing"));
        var blocking = await harness.EnqueueAsync(BrokerHarness.Message("blocking"));

        (await results.FinalAsync(throwing.Id)).Error.Should().StartWith("TimeoutException: The task did not finish within its time limit");
        (await results.FinalAsync(blocking.Id)).State.Should().Be(TaskState.Succeeded);
        release.Set();
    }

    private async Task<TaskResult> RunAsync(HostilePlace place, Action act, TimeSpan patience, ManualResetEventSlim release)
    {
        await using var rig = await Rig.StartAsync(redis, place, act, patience);
        try
        {
            return await rig.RunAsync(logsBlock: place.Loggers is not null);
        }
        finally
        {
            release.Set();
        }
    }

    /// <summary>A worker of one slot with a task that misbehaves at a place.</summary>
    private sealed class Rig(BrokerHarness harness, MemoryResultStore results, TestWorker worker, System.Diagnostics.ActivityListener? spans) : IAsyncDisposable
    {
        private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

        public static async Task<Rig> StartAsync(RedisFixture redis, HostilePlace place, Action act, TimeSpan patience)
        {
            var harness = await BrokerHarness.OpenAsync(redis.Url);
            var results = new MemoryResultStore();
            var app = TaskRunnerApp.Create([]);
            place.Map(app, act);
            app.MapTask("innocent", (JsonElement _, TaskContext _, CancellationToken _) => Task.FromResult("well"));
            var spans = place.Spans?.Invoke(act);
            if (spans is not null)
            {
                System.Diagnostics.ActivitySource.AddActivityListener(spans);
            }

            var worker = TestWorker.Start(app, redis.Url, harness, o => o with { Concurrency = 1 }, results, loggers: place.Loggers?.Invoke(act));
            worker.Engine.Attempts.Patience = patience;
            worker.Observer.Misbehave = place.IsMetrics ? act : null;
            return new Rig(harness, results, worker, spans);
        }

        /// <summary>Runs the task to its end, and another one in the slot that is free then.</summary>
        /// <param name="logsBlock">Whether the other one may be held up by logs, too.</param>
        public async Task<TaskResult> RunAsync(bool logsBlock = false)
        {
            var sent = await harness.EnqueueAsync(BrokerHarness.Message("hostile"));
            var result = await results.FinalAsync(sent.Id, Long);
            var next = await harness.EnqueueAsync(BrokerHarness.Message("innocent"));
            var after = await results.FinalAsync(next.Id, Long);
            (logsBlock || after.Output == "\"well\"").Should().BeTrue($"the slot is free again, and the next task runs: {after.Error}");
            (await harness.Broker.HeldAsync(worker.Name, "default", default)).Should().BeEmpty();
            await Eventually.TrueAsync(() => worker.Engine.Attempts.Unaccounted == 0);
            return result;
        }

        public async ValueTask DisposeAsync()
        {
            await Eventually.TrueAsync(() => worker.Engine.Attempts.Lingering == 0);
            await worker.DisposeAsync();
            spans?.Dispose();
            await harness.DisposeAsync();
        }
    }
}
