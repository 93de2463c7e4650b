using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Flows;

/// <summary>Whatever dies between two commands, before or after the server carried one out: each edge is crossed exactly once.</summary>
public sealed class FlowCrashTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Chord_is_completed_once_wherever_the_relay_dies()
    {
        var points = await ForEachPointAsync(async (harness, cut) =>
        {
            var flow = await new FlowEnqueuer(harness.Broker, TimeProvider.System).StartAsync(
                Flow.Chord(Flow.Group(new Step("a"), new Step("b")), new Step("body")), TaskId.Next(TimeProvider.System), default);
            await FinishAsync(harness, TaskState.Succeeded, TaskState.Succeeded);

            await cut(broker => Effects(broker).ApplyAsync("w1", "default", default));
            await Effects(harness.Broker).ApplyAsync("w1", "default", default);

            await ExpectOneAsync(harness, flow.LastId, """["a","b"]""");
            (await harness.Broker.ReadGroupAsync(flow.Id, default)).Should().BeEquivalentTo(new { State = "succeeded", Succeeded = 2, Next = flow.LastId.ToString() });
        });
        points.Should().BeGreaterThan(10);
    }

    [Fact]
    public async Task Chain_goes_on_once_wherever_the_relay_dies()
    {
        var points = await ForEachPointAsync(async (harness, cut) =>
        {
            var flow = await new FlowEnqueuer(harness.Broker, TimeProvider.System).StartAsync(Flow.Chain(new Step("a"), new Step("next")), TaskId.Next(TimeProvider.System), default);
            await FinishAsync(harness, TaskState.Succeeded);

            await cut(broker => Effects(broker).ApplyAsync("w1", "default", default));
            await Effects(harness.Broker).ApplyAsync("w1", "default", default);

            await ExpectOneAsync(harness, flow.LastId, "\"a\"");
        });
        points.Should().BeGreaterThan(3);
    }

    [Fact]
    public async Task Error_step_is_enqueued_once_wherever_the_relay_dies()
    {
        var points = await ForEachPointAsync(async (harness, cut) =>
        {
            var flow = await new FlowEnqueuer(harness.Broker, TimeProvider.System).StartAsync(
                Flow.Chord(Flow.Group(new Step("a"), new Step("b")), new Step("body")).OnError(new Step("alert", JsonElement.Parse("1"))), TaskId.Next(TimeProvider.System), default);
            await FinishAsync(harness, TaskState.Dead, TaskState.Dead);

            await cut(broker => Effects(broker).ApplyAsync("w1", "default", default));
            await Effects(harness.Broker).ApplyAsync("w1", "default", default);

            await ExpectOneAsync(harness, FlowEnqueuer.Failing(flow.Id), "1");
        });
        points.Should().BeGreaterThan(6);
    }

    [Fact]
    public async Task Flow_is_started_once_wherever_its_producer_dies_and_starts_it_again()
    {
        var points = await ForEachPointAsync(async (harness, cut) =>
        {
            var flow = Flow.Chord(Flow.Group(new Step("a"), new Step("b"), new Step("c") { Queue = "other" }), new Step("body"));
            var id = TaskId.Next(TimeProvider.System);

            await cut(broker => new FlowEnqueuer(broker, TimeProvider.System).StartAsync(flow, id, default));
            await new FlowEnqueuer(harness.Broker, TimeProvider.System).StartAsync(flow, id, default);

            (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(2);
            (await harness.Broker.StatusAsync("other", default)).Waiting.Should().Be(1);
            (await harness.Broker.ReadGroupAsync(id, default))!.Plan.Members.Should().HaveCount(3);
        });
        points.Should().BeGreaterThan(3);
    }

    [Fact]
    public async Task Result_that_is_told_twice_changes_nothing_and_a_success_after_a_failure_counts()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var flows = new FlowEnqueuer(harness.Broker, TimeProvider.System);
        var relay = new FlowRelay(harness.Broker, flows, NullLogger.Instance);
        var flow = await flows.StartAsync(Flow.Chord(Flow.Group(new Step("a"), new Step("b")), new Step("body")), TaskId.Next(TimeProvider.System), default);
        harness.TakeLease(redis.Url, "w1");
        var held = (await harness.StepAsync("w1", 2)).Messages.Select(h => Envelope.Read(h.Bytes, h.Queue)).OrderBy(m => m.Task, StringComparer.Ordinal).ToList();

        await relay.ApplyAsync(End(held[0], TaskState.Dead), held[0].Flow!, default);
        await relay.ApplyAsync(End(held[1], TaskState.Succeeded), held[1].Flow!, default);
        (await harness.Broker.ReadGroupAsync(flow.Id, default))!.State.Should().Be("failed");
        await relay.ApplyAsync(End(held[0], TaskState.Succeeded), held[0].Flow!, default);
        await relay.ApplyAsync(End(held[0], TaskState.Succeeded), held[0].Flow!, default);
        await relay.ApplyAsync(End(held[0], TaskState.Dead), held[0].Flow!, default);

        await ExpectOneAsync(harness, flow.LastId, """["a","b"]""");
        (await harness.Broker.ReadGroupAsync(flow.Id, default)).Should().BeEquivalentTo(new { State = "succeeded", Succeeded = 2, Failed = 0 });
    }

    /// <summary>Runs a scenario for each thing that is sent to the broker, on each side of its execution, until one run goes through whole.</summary>
    /// <returns>How many runs were cut.</returns>
    private async Task<int> ForEachPointAsync(Func<BrokerHarness, Func<Func<RedisBroker, Task>, Task>, Task> scenario)
    {
        var cuts = 0;
        var wasCut = true;
        for (var at = 1; wasCut; at++)
        {
            foreach (var executed in new[] { false, true })
            {
                await using var harness = await BrokerHarness.OpenAsync(redis.Url);
                await using var proxy = new CuttingProxy(redis.Server.Port);
                await scenario(harness, async act =>
                {
                    await using var client = new RedisClient(RedisOptions.Parse(proxy.Url), "cut", TimeProvider.System, NullLogger.Instance);
                    await client.ConnectAsync(default);
                    proxy.Arm(at, executed);
                    try
                    {
                        await act(new RedisBroker(client, harness.Broker.Options));
                    }
                    catch (BrokerUnavailableException)
                    {
                        // This is the death.
                    }
                });
                wasCut = proxy.HasCut;
                cuts += wasCut ? 1 : 0;
            }
        }

        return cuts;
    }

    /// <summary>A worker takes all that is ready and ends it.</summary>
    private async Task FinishAsync(BrokerHarness harness, params TaskState[] states)
    {
        harness.TakeLease(redis.Url, "w1");
        var held = (await harness.StepAsync("w1", states.Length)).Messages;
        held.Should().HaveCount(states.Length);
        await harness.StepAsync("w1", 0, [.. held.Select((h, i) =>
        {
            var message = Envelope.Read(h.Bytes, h.Queue);
            return new Acknowledge(h.Id, h.Queue, ResultRecord.Write(End(message, states[i]), message.Flow));
        })]);
    }

    private static TaskResult End(TaskMessage message, TaskState state) => new()
    {
        Id = message.Id,
        Task = message.Task,
        Queue = message.Queue,
        State = state,
        Output = state == TaskState.Succeeded ? $"\"{message.Task}\"" : null,
        Error = state == TaskState.Succeeded ? null : "broken",
        EnqueuedAt = message.EnqueuedAt,
        FinishedAt = message.EnqueuedAt,
    };

    private static ResultEffects Effects(RedisBroker broker) =>
        new(broker, new FlowRelay(broker, new FlowEnqueuer(broker, TimeProvider.System), NullLogger.Instance), resultsAreWritten: true);

    private static async Task ExpectOneAsync(BrokerHarness harness, Guid id, string arguments)
    {
        var ready = await harness.ListAsync(harness.Queue.Ready[4]);
        ready.Should().ContainSingle();
        var message = Envelope.Read(System.Text.Encoding.UTF8.GetBytes(ready[0]), "default");
        message.Id.Should().Be(id);
        System.Text.Encoding.UTF8.GetString(message.Arguments.Span).Should().Be(arguments);
    }
}
