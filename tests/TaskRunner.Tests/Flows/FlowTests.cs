using System.Collections.Concurrent;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Flows;

/// <summary>Chains, groups and chords, run by a worker.</summary>
public sealed class FlowTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Chain_hands_each_output_to_the_next_step()
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chain(new Step("double", Json("4")), new Step("double"), new Step("double") { Priority = 9 }));

        (await run.Results.FinalAsync(flow.LastId)).Output.Should().Be("32");
        run.Results.All.Should().HaveCount(3);
    }

    [Fact]
    public async Task Step_with_arguments_of_its_own_finds_the_output_before_it_as_input()
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chain(new Step("double", Json("21")), new Step("look", Json("""{"own":true}"""))));

        (await run.Results.FinalAsync(flow.LastId)).Output.Should().Be("\"{\\\"own\\\":true} and 42\"");
    }

    [Fact]
    public async Task Chord_gets_all_outputs_in_the_order_of_the_members()
    {
        await using var run = await RunAsync();
        var members = Enumerable.Range(1, 40).Select(i => new Step("double", Json($"{i}"))).ToArray();

        var flow = await run.StartAsync(Flow.Chord(Flow.Group(members), new Step("list")));

        (await run.Results.FinalAsync(flow.LastId)).Output.Should().Be($"\"[{string.Join(',', Enumerable.Range(1, 40).Select(i => i * 2))}]\"");
        var group = await run.Harness.Broker.ReadGroupAsync(flow.Id, default);
        group.Should().BeEquivalentTo(new { State = "succeeded", Succeeded = 40, Failed = 0, Next = flow.LastId.ToString() });
    }

    [Fact]
    public async Task Group_without_members_hands_an_empty_array_on()
    {
        await using var run = await RunAsync();

        var first = await run.StartAsync(Flow.Chord(Flow.Group(), new Step("list")));
        var between = await run.StartAsync(Flow.Chain(new Step("double", Json("1")), Flow.Group(), Flow.GroupOfChains(), new Step("list")));
        var last = await run.StartAsync(Flow.Chain(new Step("double", Json("1")), Flow.Group()));

        (await run.Results.FinalAsync(first.LastId)).Output.Should().Be("\"[]\"");
        (await run.Results.FinalAsync(between.LastId)).Output.Should().Be("\"[]\"");
        (await run.Harness.Broker.ReadGroupAsync(first.Id, default))!.Should().BeEquivalentTo(new { State = "succeeded", Next = first.LastId.ToString() });
        await Eventually.TrueAsync(async () => await run.Harness.Broker.ReadGroupAsync(last.LastId, default) is { State: "succeeded" });
    }

    [Fact]
    public async Task Step_takes_what_it_needs_of_what_came_before_and_misses_what_is_not_there()
    {
        await using var run = await RunAsync();

        var enough = await run.StartAsync(Flow.Chain(new Step("broken")).OnError(new Step("typed")));
        var given = await run.StartAsync(Flow.Chain(new Step("typed", Json("""{"task":"x","error":"y","id":"z"}"""))));
        var missing = await run.StartAsync(Flow.Chain(new Step("look", Json("1")), new Step("typed")));

        (await run.Results.FinalAsync(FlowEnqueuer.Failing(enough.Id))).Output.Should().Be("\"broken: InvalidOperationException: broken\"");
        (await run.Results.FinalAsync(given.LastId)).Error.Should().Contain("'id'");
        (await run.Results.FinalAsync(missing.LastId)).State.Should().Be(TaskState.Dead);
    }

    [Fact]
    public async Task Group_of_chains_in_the_middle_of_a_chain_joins_before_the_next_step()
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chain(
            new Step("double", Json("1")),
            Flow.GroupOfChains([new Step("double"), new Step("double")], [new Step("double", Json("50"))]),
            new Step("list")));

        (await run.Results.FinalAsync(flow.LastId)).Output.Should().Be("\"[8,100]\"");
    }

    [Fact]
    public async Task Dead_member_stops_the_chord_and_runs_the_error_step_once()
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chord(Flow.Group(new Step("double", Json("1")), new Step("broken"), new Step("broken")), new Step("list")).OnError(new Step("alert")));

        await run.Results.FinalAsync(FlowEnqueuer.Failing(flow.Id));
        await Eventually.TrueAsync(async () => (await run.Harness.Broker.ReadGroupAsync(flow.Id, default))!.Ends.Count == 3);
        run.Alerts.Should().ContainSingle().Which.Should().Contain("\"task\":\"broken\"").And.Contain("\"state\":\"dead\"").And.Contain("InvalidOperationException: broken");
        (await run.Harness.Broker.ReadGroupAsync(flow.Id, default)).Should().BeEquivalentTo(new { State = "failed", Succeeded = 1, Failed = 2 });
        run.Results.All.Should().NotContain(r => r.Id == flow.LastId);
    }

    [Fact]
    public async Task Dead_step_of_a_chain_stops_it_and_runs_the_error_step()
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chain(new Step("broken"), new Step("list")).OnError(new Step("alert")));

        await run.Results.FinalAsync(FlowEnqueuer.Failing(flow.Id));
        run.Alerts.Should().ContainSingle().Which.Should().Contain(flow.Id.ToString());
        run.Results.All.Should().NotContain(r => r.Id == flow.LastId);
    }

    [Fact]
    public async Task Outputs_over_the_payload_limit_fail_the_chord_with_a_clear_error()
    {
        await using var run = await RunAsync(options => options with { MaxPayloadBytes = 2000 });
        var members = Enumerable.Range(0, 3).Select(_ => new Step("long")).ToArray();

        var flow = await run.StartAsync(Flow.Chord(Flow.Group(members), new Step("list")).OnError(new Step("alert")));

        await run.Results.FinalAsync(FlowEnqueuer.Failing(flow.Id));
        run.Alerts.Should().ContainSingle().Which.Should().Contain("The next step 'list' was not enqueued");
        (await run.Harness.Broker.ReadGroupAsync(flow.Id, default))!.State.Should().Be("failed");
    }

    [Fact]
    public async Task Cancelled_group_runs_no_body()
    {
        await using var run = await RunAsync();
        var flow = await run.StartAsync(Flow.Chord(Flow.Group(new Step("gated")), new Step("list")));
        await Eventually.TrueAsync(() => run.Worker.Engine.Running == 1);
        (await run.Harness.Broker.NoteGroupAsync(flow.Id, "cancelled", "1", default)).Should().BeTrue();

        run.Gate.SetResult();

        await Eventually.TrueAsync(async () => (await run.Harness.Broker.ReadGroupAsync(flow.Id, default))!.Ends.Count == 1);
        var after = await run.StartAsync(Flow.Chain(new Step("double", Json("1"))));
        await run.Results.FinalAsync(after.Id);
        run.Results.All.Should().NotContain(r => r.Id == flow.LastId);
        (await run.Harness.Broker.ReadGroupAsync(flow.Id, default))!.State.Should().Be("cancelled");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelled_group_starts_nothing_more_neither_its_error_step_nor_steps_that_wait(bool second)
    {
        await using var run = await RunAsync();
        var step = new Step("gated");
        var waiting = Enumerable.Range(0, 200).Select(_ => (IReadOnlyList<Step>)[new Step("double", Json("1")), new Step("double")]);
        var flow = await run.StartAsync(Flow.Chain(Flow.GroupOfChains([[step, new Step("double")], .. second ? [] : waiting]), new Step("list")).OnError(new Step("alert")));
        await Eventually.TrueAsync(() => run.Worker.Engine.Running >= 1);

        var known = await GroupCancellation.CancelAsync(run.Harness.Broker, flow.Id, default);
        run.Gate.SetResult();

        await Eventually.TrueAsync(async () => (await run.Harness.Broker.ReadGroupAsync(flow.Id, default))!.Ends.Count == known!.Plan.Members.Count);
        var after = await run.StartAsync(Flow.Chain(new Step("double", Json("1"))));
        await run.Results.FinalAsync(after.Id);
        run.Alerts.Should().BeEmpty("a group that was cancelled did not fail");
        run.Results.All.Should().NotContain(r => r.Id == flow.LastId || r.Id == FlowEnqueuer.Failing(flow.Id));
        run.Results.All.Should().NotContain(r => r.Id == FlowEnqueuer.Following(known!.Plan.Members[0].Id), "the step after the one that ran is not enqueued");
    }

    [Fact]
    public async Task Task_starts_a_flow_from_within()
    {
        await using var run = await RunAsync();

        var flow = await run.StartAsync(Flow.Chain(new Step("spawn")));

        var spawned = (await run.Results.FinalAsync(flow.Id)).Output!.Trim('"');
        (await run.Results.FinalAsync(Guid.Parse(spawned))).Output.Should().Be("28");
    }

    [Fact]
    public async Task Flow_and_awaited_result_need_no_database()
    {
        await using var run = await RunAsync(options => options with { KeepResults = false }, withDatabase: false);

        var flow = await run.StartAsync(Flow.Chain(new Step("double", Json("4")), new Step("double") { KeepResult = TimeSpan.FromMinutes(1) }));

        var kept = await Eventually.ReturnsAsync(() => run.Harness.Broker.KeptResultsAsync([flow.LastId, flow.Id], default), found => found.Count == 1, what: "the result is kept");
        kept[0].Should().BeEquivalentTo(new { Id = flow.LastId, State = TaskState.Succeeded, Output = "16", Queue = "default" });
        await Eventually.TrueAsync(async () => await run.Harness.NumberAsync("LLEN", run.Harness.Queue.Results(run.Worker.Name)) == 0);
    }

    [Fact]
    public async Task Flow_goes_on_while_the_database_is_away_and_no_result_is_lost()
    {
        await using var run = await RunAsync();
        run.Results.IsAway = true;

        var flow = await run.StartAsync(Flow.Chain(new Step("double", Json("4")), new Step("double"), new Step("double") { KeepResult = TimeSpan.FromMinutes(1) }));

        var kept = await Eventually.ReturnsAsync(() => run.Harness.Broker.KeptResultsAsync([flow.LastId], default), found => found.Count == 1, what: "the flow is finished");
        kept[0].Output.Should().Be("32");
        run.Results.IsAway = false;
        await run.Results.FinalAsync(flow.LastId);
        run.Results.All.Should().HaveCount(3);
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);

    private async Task<Run> RunAsync(Func<BrokerOptions, BrokerOptions>? change = null, bool withDatabase = true)
    {
        var harness = await BrokerHarness.OpenAsync(redis.Url, change);
        var run = new Run(harness);
        var app = TaskRunnerApp.Create([]);
        app.MapTask("double", (int number, TaskContext _, CancellationToken _) => Task.FromResult(number * 2));
        app.MapTask("list", (JsonElement all, TaskContext _, CancellationToken _) => Task.FromResult(all.GetRawText()));
        app.MapTask("look", (JsonElement own, TaskContext context, CancellationToken _) => Task.FromResult($"{own.GetRawText()} and {context.Input}"));
        app.MapTask("long", (JsonElement _, TaskContext _, CancellationToken _) => Task.FromResult(new string('x', 900)));
        app.MapTask("broken", (JsonElement _, TaskContext _, CancellationToken _) => throw new InvalidOperationException("broken")).Retry(0);
        app.MapTask("typed", (Failure failure, TaskContext _, CancellationToken _) => Task.FromResult($"{failure.Task}: {failure.Error}"));
        app.MapTask("gated", async (JsonElement _, TaskContext _, CancellationToken stopping) => await run.Gate.Task.WaitAsync(stopping));
        app.MapTask("spawn", async (JsonElement _, TaskContext context, CancellationToken stopping) =>
            (await context.StartAsync(Flow.Chain(new Step("double", Json("7")), new Step("double")), stopping)).LastId);
        app.MapTask("alert", (JsonElement failure, TaskContext _, CancellationToken _) =>
        {
            run.Alerts.Enqueue(failure.GetRawText());
            return Task.CompletedTask;
        });
        run.Worker = TestWorker.Start(app, redis.Url, harness, results: withDatabase ? run.Results : null);
        return run;
    }

    private sealed record Failure(string Task, string Error);

    private sealed class Run(BrokerHarness harness) : IAsyncDisposable
    {
        public BrokerHarness Harness => harness;

        public MemoryResultStore Results { get; } = new();

        public ConcurrentQueue<string> Alerts { get; } = new();

        public TaskCompletionSource Gate { get; } = new();

        public TestWorker Worker { get; set; } = null!;

        public Task<StartedFlow> StartAsync(Flow flow) => new FlowEnqueuer(harness.Broker, TimeProvider.System).StartAsync(flow, TaskId.Next(TimeProvider.System), default);

        public async ValueTask DisposeAsync()
        {
            await Worker.DisposeAsync();
            await harness.DisposeAsync();
        }
    }
}
