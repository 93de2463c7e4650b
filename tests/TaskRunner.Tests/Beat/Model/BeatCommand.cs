using System.Globalization;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>One thing that happens. Each verb takes from the numbers what it needs.</summary>
internal sealed record BeatCommand(BeatVerb Verb, int Target, int Number, int Kind)
{
    private static readonly BeatVerb[] Hat = [.. BeatVerb.All.SelectMany(verb => Enumerable.Repeat(verb, verb.Share))];

    public bool IsOdd => Kind % 2 == 1;

    public static BeatCommand Draw(Random random) => new(Hat[random.Next(Hat.Length)], random.Next(60), random.Next(60), random.Next(60));

    /// <summary>One of some things.</summary>
    public static T Pick<T>(int number, IReadOnlyList<T> things) => things[number % things.Count];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Verb.Name} ({Target}, {Number}, {Kind})");
}
