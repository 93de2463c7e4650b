using System.Text.RegularExpressions;
using TaskRunner.FaultTests.Support;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>
/// The same random commands with hostile messages in every place. What becomes of the tasks is predicted as exactly as without them; each hostile message is
/// in exactly one place that somebody looks at, until it ends with a result, is finished by a worker, or is removed by hand.
/// </summary>
public abstract partial class HostileQueueTests(RedisFixture server, int sequences)
{
    private const int Length = 100;
    private const int MaxDead = 10_000;

    [Fact]
    public Task Tasks_do_not_notice_hostile_messages_among_them() =>
        StateMachine.CheckAsync(Soak.IsOn("storm") ? 500 : sequences, Length, QueueCommand.DrawHostile, DifferenceAsync);

    private async Task<string?> DifferenceAsync(IReadOnlyList<QueueCommand> commands)
    {
        var model = new QueueModel(MaxDead);
        await using var real = await QueueOnServer.OpenAsync(server.Url, MaxDead);
        var trace = new List<string>();
        foreach (var command in commands)
        {
            var aimed = command.AimedAt(model.Tasks);
            trace.Add($"{aimed}");
            var before = await real.Hostile.ReadyAsync();
            var actual = await real.DoAsync(aimed);
            model.Among = real.Hostile.Among(before);
            var expected = aimed.Verb.Ask(model, aimed);
            trace[^1] += $" -> {expected}";
            var state = await real.StateAsync();
            var difference = StateMachine.Difference(WithoutCounts(expected), model.State().Select(WithoutCounts), WithoutCounts(actual), [.. state.Lines.Select(WithoutCounts)])
                ?? (model.TakeWoke() && state.Tokens == 0 ? "something is ready, and nobody was woken" : null)
                ?? await real.Hostile.MisplacedAsync(aimed.Verb.Name.StartsWith("purge", StringComparison.Ordinal));
            if (difference is not null)
            {
                return StateMachine.Report(difference, trace);
            }

            await real.Hostile.SettleAsync(aimed);
            await real.StateAsync();
        }

        return null;
    }

    /// <summary>Numbers of messages count hostile ones, too; which tasks they are is in the state.</summary>
    private static string WithoutCounts(string text) => Counted().Replace(text, "$1 *");

    [GeneratedRegex("(adopted|put back|recovered|buried|purged|promoted|expired|cancelled|moved|removed|unparked|waiting|delayed|running|dead|parked) [0-9]+(?![0-9/])")]
    private static partial Regex Counted();
}

public sealed class HostileQueueTestsOnRedis(RedisFixture server) : HostileQueueTests(server, 12), IClassFixture<RedisFixture>;

public sealed class HostileQueueTestsOnValkey(ValkeyFixture server) : HostileQueueTests(server, 8), IClassFixture<ValkeyFixture>;

/// <summary>It takes three times as long for a command.</summary>
public sealed class HostileQueueTestsOnGarnet(GarnetFixture server) : HostileQueueTests(server, 3), IClassFixture<GarnetFixture>;
