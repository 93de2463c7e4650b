using TaskRunner.FaultTests.Support;
using Xunit;

namespace TaskRunner.FaultTests.Model;

/// <summary>Gives random commands to a model and to the real thing, and shrinks a failure to the fewest commands that still fail.</summary>
internal static class StateMachine
{
    /// <param name="sequences">How many sequences; each has a seed of its own.</param>
    /// <param name="length">Commands in a sequence.</param>
    /// <param name="draw">Draws a command.</param>
    /// <param name="differenceAsync">Runs commands from the start, and says what differs first; null when nothing does.</param>
    public static async Task CheckAsync<T>(int sequences, int length, Func<Random, T> draw, Func<IReadOnlyList<T>, Task<string?>> differenceAsync)
    {
        for (var i = 0; i < sequences; i++)
        {
            var seed = Soak.Seed + i;
            var random = new Random(seed);
            List<T> commands = [.. Enumerable.Range(0, length).Select(_ => draw(random))];
            if (await TryAsync(commands) is { } difference)
            {
                var fewest = await ShrinkAsync(commands, TryAsync);
                Assert.Fail($"TASKRUNNER_TEST_SEED={seed} repeats it: {await TryAsync(fewest) ?? difference}");
            }
        }

        async Task<string?> TryAsync(IReadOnlyList<T> commands)
        {
            try
            {
                return await differenceAsync(commands);
            }
#pragma warning disable CA1031 // A command that fails, for example in a script, is a difference like any other, and is shrunk.
            catch (Exception e)
#pragma warning restore CA1031
            {
                return Report(e.ToString(), commands.Select(command => $"{command}"));
            }
        }
    }

    /// <summary>What differs between two answers, and between two states in lines; null when nothing does.</summary>
    public static string? Difference(string expected, IEnumerable<string> model, string actual, IReadOnlyCollection<string> server)
    {
        if (expected != actual)
        {
            return $"the model answers '{expected}', the server '{actual}'";
        }

        var lines = model.ToList();
        return lines.Order(StringComparer.Ordinal).SequenceEqual(server.Order(StringComparer.Ordinal), StringComparer.Ordinal)
            ? null
            : $"the model has [{string.Join("; ", lines.Except(server, StringComparer.Ordinal))}], the server [{string.Join("; ", server.Except(lines, StringComparer.Ordinal))}]";
    }

    /// <summary>What is told of a failure: what differs, and all commands up to there.</summary>
    public static string Report(string difference, IEnumerable<string> trace) => $"{difference}, after\n{string.Join('\n', trace)}";

    /// <summary>Leaves out commands, large pieces first, until each of them is needed.</summary>
    private static async Task<IReadOnlyList<T>> ShrinkAsync<T>(List<T> failing, Func<IReadOnlyList<T>, Task<string?>> differenceAsync)
    {
        for (var piece = failing.Count / 2; piece > 0;)
        {
            var before = failing.Count;
            for (var from = 0; from + piece <= failing.Count;)
            {
                List<T> fewer = [.. failing.Take(from), .. failing.Skip(from + piece)];
                if (await differenceAsync(fewer) is null)
                {
                    from += piece;
                }
                else
                {
                    failing = fewer;
                }
            }

            // One by one again, until each is needed.
            piece = piece > 1 ? piece / 2 : failing.Count < before ? 1 : 0;
        }

        return failing;
    }
}
