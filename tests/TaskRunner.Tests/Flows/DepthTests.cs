using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Flows;

/// <summary>
/// Depth at every border: what is written is refused with a sentence before anything is done, or it comes through to the handler and the result. Nothing is
/// accepted that cannot be read, and no flow stops without a word.
/// </summary>
public sealed class DepthTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const int Most = 64;

    public static TheoryData<int> Depths => [1, 59, 60, 61, 62, 63, 64, 65, 66, 69, 70, 127, 128, 129, 130, 2000];

    public static TheoryData<int> DepthsOfText => [.. Depths, 255, 256, 257, 100_000];

    [Theory]
    [MemberData(nameof(DepthsOfText))]
    public async Task Arguments_are_refused_or_come_through(int depth)
    {
        await using var run = await RunAsync();
        await using var client = run.Client(redis.Url);
        var enqueue = () => client.EnqueueJsonAsync("depth", Nested(depth), new EnqueueOptions { KeepResult = TimeSpan.FromMinutes(1) });

        await run.IsAcceptedAsync(depth, async () => (await enqueue()).Id, id => run.OutputAsync(id, $"{depth}"));
    }

    [Theory]
    [MemberData(nameof(DepthsOfText))]
    public async Task Arguments_of_a_request_made_by_hand_are_refused_or_come_through(int depth)
    {
        await using var run = await RunAsync();
        var message = BrokerHarness.Message("depth") with { Arguments = Nested(depth) };

        await run.IsAcceptedAsync(
            depth,
            async () =>
            {
                await run.Harness.Broker.EnqueueAsync([new EnqueueRequest(message)], default);
                return message.Id;
            },
            id => run.OutputAsync(id, $"{depth}"));
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task Arguments_of_steps_are_refused_or_come_through_in_every_place_of_a_flow(int depth)
    {
        await using var run = await RunAsync();
        Func<Step, Flow>[] places =
        [
            step => Flow.Chain(step, new Step("work")),
            step => Flow.Chain(new Step("work"), step),
            step => Flow.Chain(Flow.Group(step, new Step("work")), new Step("work")),
            step => Flow.Chain(new Step("work"), Flow.GroupOfChains([new Step("work"), step], [new Step("work")]), new Step("work")),
            step => Flow.Chain(Flow.Group(new Step("work")), step),
            step => Flow.Chain(new Step("work"), Flow.Group(new Step("work")), new Step("work"), Flow.GroupOfChains([new Step("work"), step]), new Step("work")),
            step => Flow.Chain(new Step("broken")).OnError(step),
            step => Flow.Chain(Flow.Group(new Step("broken"))).OnError(step),
        ];
        foreach (var place in places)
        {
            var before = run.Seen.Count;
            await run.IsAcceptedAsync(
                depth,
                async () => (await run.StartAsync(place(new Step("seen", Element(depth))))).LastId,
                async _ => await Eventually.TrueAsync(() => run.Seen.Count > before));
        }

        run.Seen.Distinct().Should().Equal(depth <= Most ? [depth] : []);
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task Output_comes_through_to_its_result_or_the_task_fails_with_the_reason(int depth)
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chain(new Step("deep", Number(depth)) { KeepResult = TimeSpan.FromMinutes(1) }));

        await run.OutputOrReasonAsync(flow.LastId, depth <= Most, Encoding.UTF8.GetString(Nested(depth)));
        var kept = await Eventually.ReturnsAsync(() => run.Harness.Broker.KeptResultsAsync([flow.LastId], default), found => found.Count == 1, what: "the result is kept");
        kept[0].State.Should().Be(depth <= Most ? TaskState.Succeeded : TaskState.Dead);
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task Output_becomes_the_arguments_of_the_next_step_or_the_error_step_runs(int depth)
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chain(new Step("deep", Number(depth)), new Step("depth")).OnError(new Step("alert")));

        await run.EndsAsync(flow, FlowEnqueuer.Failing(flow.Id), depth <= Most, $"{depth}");
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task Output_becomes_the_input_of_a_step_with_arguments_or_the_error_step_runs(int depth)
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chain(new Step("deep", Number(depth)), new Step("input", Number(1))).OnError(new Step("alert")));

        await run.EndsAsync(flow, FlowEnqueuer.Failing(flow.Id), depth <= Most, $"{depth}");
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task Outputs_of_a_group_become_an_array_or_the_member_fails_and_the_error_step_runs(int depth)
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chord(Flow.Group(new Step("deep", Number(depth)), new Step("work")), new Step("depth")).OnError(new Step("alert")));

        await run.EndsAsync(flow, FlowEnqueuer.Failing(flow.Id), depth < Most, $"{depth + 1}");
        if (depth == Most)
        {
            (await run.Harness.Broker.ReadGroupAsync(flow.Id, default))!.Ends[0].Error.Should().Contain("levels");
        }
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task Output_of_the_last_group_is_kept_in_it_or_the_member_fails(int depth)
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chain(Flow.Group(new Step("deep", Number(depth)), new Step("work"))).OnError(new Step("alert")));

        var group = await Eventually.ReturnsAsync(() => run.Harness.Broker.ReadGroupAsync(flow.Id, default)!, g => g?.Ends.Count == 2, what: "both members have ended");
        group!.State.Should().Be(depth <= Most ? "succeeded" : "failed");
        if (depth <= Most)
        {
            group.Ends[0].Output!.Value.GetRawText().Should().Be(Encoding.UTF8.GetString(Nested(depth)));
        }
    }

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task Output_goes_through_a_group_in_the_middle_of_a_chain_or_the_error_step_runs(int depth)
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chain(
            new Step("deep", Number(depth)),
            Flow.GroupOfChains([new Step("echo"), new Step("echo")], [new Step("echo")]),
            new Step("depth")).OnError(new Step("alert")));

        await run.EndsAsync(flow, depth > Most ? FlowEnqueuer.Failing(flow.Id) : FlowEnqueuer.Failing(FlowEnqueuer.Following(flow.Id)), depth < Most, $"{depth + 1}");
    }

    private static byte[] Nested(int depth) => Encoding.ASCII.GetBytes(new string('[', depth) + new string(']', depth));

    private static JsonElement Element(int depth) => JsonElement.Parse(Nested(depth), new JsonDocumentOptions { MaxDepth = depth + 1 });

    private static JsonElement Number(int number) => JsonElement.Parse($"{number}");

    private static int DepthOf(JsonElement element)
    {
        var depth = 0;
        while (element.ValueKind == JsonValueKind.Array)
        {
            depth++;
            element = element.GetArrayLength() == 0 ? default : element.EnumerateArray().MaxBy(item => item.GetRawText().Length);
        }

        return depth;
    }

    private async Task<Run> RunAsync()
    {
        var harness = await BrokerHarness.OpenAsync(redis.Url);
        var run = new Run(harness);
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.FromResult(1));
        app.MapTask("echo", (JsonElement arguments, TaskContext _, CancellationToken _) => Task.FromResult(arguments));
        app.MapTask("deep", (int depth, TaskContext _, CancellationToken _) => Task.FromResult(Element(depth))).Retry(0);
        app.MapTask("depth", (JsonElement arguments, TaskContext _, CancellationToken _) => Task.FromResult(DepthOf(arguments)));
        app.MapTask("input", (JsonElement _, TaskContext context, CancellationToken _) => Task.FromResult(DepthOf(context.Input!.Value)));
        app.MapTask("broken", (JsonElement _, TaskContext _, CancellationToken _) => throw new InvalidOperationException("broken")).Retry(0);
        app.MapTask("seen", (JsonElement arguments, TaskContext _, CancellationToken _) =>
        {
            run.Seen.Enqueue(DepthOf(arguments));
            return Task.CompletedTask;
        });
        app.MapTask("alert", (JsonElement failure, TaskContext _, CancellationToken _) =>
        {
            run.Alerts.Enqueue(failure.GetRawText());
            return Task.CompletedTask;
        });
        run.Worker = TestWorker.Start(app, redis.Url, harness, results: run.Results);
        return run;
    }

    private sealed class Run(BrokerHarness harness) : IAsyncDisposable
    {
        public BrokerHarness Harness => harness;

        public MemoryResultStore Results { get; } = new();

        public ConcurrentQueue<string> Alerts { get; } = new();

        public ConcurrentQueue<int> Seen { get; } = new();

        public TestWorker Worker { get; set; } = null!;

        public TaskClient Client(string url) => TaskClient.Create(new TaskClientOptions { BrokerUrl = url, Namespace = harness.Broker.Options.Namespace });

        public Task<StartedFlow> StartAsync(Flow flow) => new FlowEnqueuer(harness.Broker, TimeProvider.System).StartAsync(flow, TaskId.Next(TimeProvider.System), default);

        /// <summary>Up to the limit it comes through; over it, it is refused with a sentence and nothing is left behind.</summary>
        public async Task IsAcceptedAsync(int depth, Func<Task<Guid>> send, Func<Guid, Task> comesThrough)
        {
            if (depth <= Most)
            {
                await comesThrough(await send());
                return;
            }

            (await send.Should().ThrowAsync<ArgumentException>()).WithMessage($"*more than {Most} levels*");
            (await harness.Broker.StatusAsync("default", default)).Should().BeEquivalentTo(new { Waiting = 0L, Dead = 0L });
            (await harness.Client.ExecuteAsync(TaskRunner.Redis.RedisCommand.Create("KEYS", $"*{harness.Broker.Options.Namespace}:group:*"), default)).Items.Should().BeEmpty();
        }

        public async Task OutputAsync(Guid id, string output) => (await Results.FinalAsync(id)).Output.Should().Be(output);

        public async Task OutputOrReasonAsync(Guid id, bool succeeds, string output)
        {
            var result = await Results.FinalAsync(id);
            result.State.Should().Be(succeeds ? TaskState.Succeeded : TaskState.Dead);
            (succeeds ? result.Output : result.Error).Should().Match<string?>(text => succeeds ? text == output : text!.Length > 10);
        }

        public async Task EndsAsync(StartedFlow flow, Guid error, bool succeeds, string output)
        {
            if (succeeds)
            {
                await OutputAsync(flow.LastId, output);
                Alerts.Should().BeEmpty();
                return;
            }

            await Results.FinalAsync(error);
            Alerts.Should().ContainSingle().Which.Should().Contain("\"error\":\"");
            Results.All.Should().NotContain(result => result.Id == flow.LastId);
        }

        public async ValueTask DisposeAsync()
        {
            await Worker.DisposeAsync();
            await harness.DisposeAsync();
        }
    }
}
