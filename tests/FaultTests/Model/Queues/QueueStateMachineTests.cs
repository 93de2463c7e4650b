using TaskRunner.FaultTests.Support;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>Random commands to a model in memory and to a real server: the same answers, and the same state after each of them.</summary>
public abstract class QueueStateMachineTests(RedisFixture server, int sequences = 50)
{
    private const int Length = 100;

    [Fact]
    public Task Server_answers_as_the_model_does() => StateMachine.CheckAsync(Soak.IsOn("storm") ? 1000 : sequences, Length, QueueCommand.Draw, DifferenceAsync);

    private async Task<string?> DifferenceAsync(IReadOnlyList<QueueCommand> commands)
    {
        var model = new QueueModel();
        await using var real = await QueueOnServer.OpenAsync(server.Url);
        var trace = new List<string>();
        foreach (var command in commands)
        {
            var aimed = command.AimedAt(model.Tasks);
            var expected = aimed.Verb.Ask(model, aimed);
            trace.Add($"{aimed} -> {expected}");
            var actual = await real.DoAsync(aimed);
            var state = await real.StateAsync();
            var difference = StateMachine.Difference(expected, model.State(), actual, state.Lines)
                ?? (model.TakeWoke() && state.Tokens == 0 ? "something is ready, and nobody was woken" : null)
                ?? (model.IsSomethingDue && real.SaysThatNothingIsDue ? "something is due, and its worker does not know" : null);
            if (difference is not null)
            {
                return StateMachine.Report(difference, trace);
            }
        }

        return null;
    }
}

public sealed class QueueStateMachineTestsOnRedis(RedisFixture server) : QueueStateMachineTests(server), IClassFixture<RedisFixture>;

public sealed class QueueStateMachineTestsOnValkey(ValkeyFixture server) : QueueStateMachineTests(server), IClassFixture<ValkeyFixture>;

/// <summary>It takes three times as long for a command.</summary>
public sealed class QueueStateMachineTestsOnGarnet(GarnetFixture server) : QueueStateMachineTests(server, sequences: 15), IClassFixture<GarnetFixture>;
