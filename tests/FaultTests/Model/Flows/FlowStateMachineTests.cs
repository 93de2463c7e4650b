using TaskRunner.FaultTests.Support;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.FaultTests.Model.Flows;

/// <summary>Random commands to a model of a flow and to a real server: each task is enqueued once or never, whatever is told twice and whoever dies.</summary>
public abstract class FlowStateMachineTests(RedisFixture server, int sequences = 20)
{
    private const int Length = 80;

    [Fact]
    public Task Flow_goes_on_as_the_model_does() => StateMachine.CheckAsync(Soak.IsOn("storm") ? 1000 : sequences, Length, FlowCommand.Draw, DifferenceAsync);

    private async Task<string?> DifferenceAsync(IReadOnlyList<FlowCommand> commands)
    {
        var model = new FlowModel();
        await using var real = await FlowOnServer.OpenAsync(server.Url);
        var trace = new List<string>();
        foreach (var command in commands)
        {
            var aimed = command.AimedAt(model);
            var expected = aimed.Verb.Ask(model, aimed);
            trace.Add($"{aimed} -> {expected}");
            var actual = await aimed.Verb.AskAsync(real, aimed);
            if (StateMachine.Difference(expected, model.State(), actual, await real.StateAsync()) is { } difference)
            {
                return StateMachine.Report(difference, trace);
            }
        }

        return null;
    }
}

public sealed class FlowStateMachineTestsOnRedis(RedisFixture server) : FlowStateMachineTests(server), IClassFixture<RedisFixture>;

public sealed class FlowStateMachineTestsOnValkey(ValkeyFixture server) : FlowStateMachineTests(server), IClassFixture<ValkeyFixture>;

/// <summary>It takes three times as long for a command.</summary>
public sealed class FlowStateMachineTestsOnGarnet(GarnetFixture server) : FlowStateMachineTests(server, sequences: 6), IClassFixture<GarnetFixture>;
