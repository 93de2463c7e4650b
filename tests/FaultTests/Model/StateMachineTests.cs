using System.Globalization;
using TaskRunner.FaultTests.Support;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.FaultTests.Model;

/// <summary>Random commands to a model in memory and to a real server: the same answers. A failure is shrunk to the fewest commands that still fail.</summary>
public abstract class StateMachineTests(RedisFixture server)
{
    private const int Length = 60;

    private static readonly int Sequences = Soak.IsOn("storm") ? 1000 : 12;

    private enum Verb
    {
        Enqueue,
        EnqueueLater,
        Fetch,
        Acknowledge,
        Retry,
        Bury,
        Release,
        Take,
        Leave,
        Die,
        Promote,
        Pause,
        Resume,
    }

    [Fact]
    public async Task Server_answers_as_the_model_does()
    {
        for (var i = 0; i < Sequences; i++)
        {
            var seed = Soak.Seed + i;
            var random = new Random(seed);
            List<Command> commands = [.. Enumerable.Range(0, Length).Select(_ => Draw(random))];
            if (await DifferenceAsync(commands) is { } difference)
            {
                var fewest = await ShrinkAsync(commands);
                Assert.Fail($"Seed {seed}: {await DifferenceAsync(fewest) ?? difference}\n{string.Join('\n', fewest)}");
            }
        }
    }

    // Fetching and enqueueing are what the others need to have something to do.
    private static Command Draw(Random random)
    {
        var verb = random.Next(3) == 0 ? (Verb)random.Next(Enum.GetValues<Verb>().Length) : random.Next(2) == 0 ? Verb.Enqueue : Verb.Fetch;
        return new Command(verb, random.Next(3), random.Next(30), random.Next(10));
    }

    /// <summary>The first answer that differs; null when none does.</summary>
    private async Task<string?> DifferenceAsync(IReadOnlyList<Command> commands)
    {
        var model = new QueueModel();
        await using var real = new QueueOnServer(await BrokerHarness.OpenAsync(server.Url), server.Url);
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (command, number) in commands.Select((c, n) => (c, n)))
        {
            var (expected, actual) = await RunAsync(command, known, model, real);
            expected += $"; {model.Count()}";
            actual += $"; {await real.CountAsync()}";
            if (expected != actual)
            {
                return $"command {number + 1}, {command}: the model says '{expected}', the server '{actual}'";
            }
        }

        return null;
    }

    private static async Task<(string Expected, string Actual)> RunAsync(Command command, HashSet<string> known, QueueModel model, QueueOnServer real)
    {
        var (worker, id) = (command.WorkerName, command.TaskId);
        var needsTask = command.Verb is Verb.Acknowledge or Verb.Retry or Verb.Bury or Verb.Release;
        if (needsTask && !known.Contains(id))
        {
            return ("", "");
        }

        switch (command.Verb)
        {
            case Verb.Enqueue or Verb.EnqueueLater:
                known.Add(id);
                var later = command.Verb == Verb.EnqueueLater;
                return (model.Enqueue(id, command.Number, later), await real.EnqueueAsync(id, command.Number, later));
            case Verb.Fetch:
                return (model.Fetch(worker, command.Number, null), await real.FetchAsync(worker, command.Number, null));
            case Verb.Acknowledge:
                return (model.Fetch(worker, 0, id), await real.FetchAsync(worker, 0, id));
            case Verb.Leave:
                return (model.Leave(worker), real.Leave(worker));
            case Verb.Die:
                return (model.Die(worker), await real.DieAsync(worker));
            case Verb.Promote:
                return (model.Promote(), await real.PromoteAsync());
            default:
                await RunSilentAsync(command, model, real);
                return ("", "");
        }
    }

    private static async Task RunSilentAsync(Command command, QueueModel model, QueueOnServer real)
    {
        var (worker, id) = (command.WorkerName, command.TaskId);
        switch (command.Verb)
        {
            case Verb.Retry:
                model.Retry(worker, id);
                await real.RetryAsync(worker, id);
                break;
            case Verb.Bury:
                model.Bury(worker, id);
                await real.BuryAsync(worker, id);
                break;
            case Verb.Release:
                model.Release(worker, id);
                await real.ReleaseAsync(worker, id);
                break;
            case Verb.Take:
                model.Take(worker);
                real.Take(worker);
                break;
            case Verb.Pause or Verb.Resume:
                model.Pause(command.Verb == Verb.Pause);
                await real.PauseAsync(command.Verb == Verb.Pause);
                break;
        }
    }

    /// <summary>Leaves out commands, large pieces first, as long as it still fails.</summary>
    private async Task<IReadOnlyList<Command>> ShrinkAsync(List<Command> failing)
    {
        for (var piece = failing.Count / 2; piece > 0; piece /= 2)
        {
            for (var from = 0; from + piece <= failing.Count;)
            {
                List<Command> fewer = [.. failing.Take(from), .. failing.Skip(from + piece)];
                if (await DifferenceAsync(fewer) is null)
                {
                    from += piece;
                }
                else
                {
                    failing = fewer;
                }
            }
        }

        return failing;
    }

    private sealed record Command(Verb Verb, int Worker, int Task, int Number)
    {
        public string WorkerName => string.Create(CultureInfo.InvariantCulture, $"w{Worker}");

        public string TaskId => Task.ToString("x32", CultureInfo.InvariantCulture);

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Verb} worker {Worker} task {Task} number {Number}");
    }
}

public sealed class StateMachineTestsOnRedis(RedisFixture server) : StateMachineTests(server), IClassFixture<RedisFixture>;

public sealed class StateMachineTestsOnValkey(ValkeyFixture server) : StateMachineTests(server), IClassFixture<ValkeyFixture>;

public sealed class StateMachineTestsOnGarnet(GarnetFixture server) : StateMachineTests(server), IClassFixture<GarnetFixture>;
