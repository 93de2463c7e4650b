using System.Globalization;

namespace ChartMutants;

/// <summary>What the command line asks for.</summary>
/// <param name="Sample">How many mutants are judged.</param>
/// <param name="Seed">Which ones.</param>
/// <param name="File">A part of the path of their templates; all when empty.</param>
internal sealed record RunOptions(int Sample, int Seed, string File)
{
    public static RunOptions Parse(string[] args)
    {
        var options = new RunOptions(300, 2026, string.Empty);
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            options = args[i] switch
            {
                "--sample" => options with { Sample = int.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--seed" => options with { Seed = int.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--file" => options with { File = args[i + 1] },
                var other => throw new ArgumentException($"{other} is unknown: --sample, --seed and --file are known."),
            };
        }

        return options;
    }

    /// <summary>The same order for the same seed.</summary>
    public IReadOnlyList<T> Shuffled<T>(IEnumerable<T> items)
    {
        var shuffled = items.ToArray();
        // A sample is no secret: it must be the same in each run.
#pragma warning disable CA5394
        new Random(Seed).Shuffle(shuffled);
#pragma warning restore CA5394
        return shuffled;
    }
}
