using System.Globalization;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>One command to a queue. Each verb takes from it what it needs.</summary>
internal sealed record QueueCommand(QueueVerb Verb, string Worker, string Id, int Number, ModelRules Rules)
{
    private static readonly QueueVerb[] Hat = [.. QueueVerb.All.SelectMany(verb => Enumerable.Repeat(verb, verb.Share))];

    private static readonly QueueVerb[] HostileHat = [.. QueueVerb.WithHostile.SelectMany(verb => Enumerable.Repeat(verb, verb.Share))];

    /// <summary>Draws the hostile message, and what its worker does with it.</summary>
    public int Seed { get; init; }

    public bool IsOdd => Number % 2 == 1;

    public string Key => IsOdd ? "a" : "b";

    /// <summary>What a worker did not know: a type, which some know, or a newer version.</summary>
    public string Kind => IsOdd ? ModelKinds.NewType : ModelKinds.NewVersion;

    public string State => (Number % 3) switch { 0 => "waiting", 1 => "delayed", _ => "parked" };

    public int Priority => Number switch { < 2 => 0, < 8 => 5, _ => 9 };

    public static QueueCommand Draw(Random random) => Draw(random, Hat);

    /// <summary>The same with hostile messages among the tasks.</summary>
    public static QueueCommand DrawHostile(Random random)
    {
        var command = Draw(random, HostileHat);
        return command with { Seed = random.Next() };
    }

    private static QueueCommand Draw(Random random, QueueVerb[] hat) => new(
        hat[random.Next(hat.Length)],
        string.Create(CultureInfo.InvariantCulture, $"w{random.Next(3)}"),
        random.Next(30).ToString("x32", CultureInfo.InvariantCulture),
        random.Next(10),
        ModelRules.Draw(random));

    /// <summary>The same with the next task that suits the verb, and the worker that holds it. Now and then a command misses.</summary>
    public QueueCommand AimedAt(IEnumerable<ModelTask> tasks)
    {
        List<ModelTask> suited = Number == 0 ? [] : [.. tasks.Where(Verb.Suits).OrderBy(t => t.Id, StringComparer.Ordinal)];
        var target = suited.FirstOrDefault(t => string.CompareOrdinal(t.Id, Id) >= 0) ?? suited.FirstOrDefault();
        return target is null ? this : this with { Id = target.Id, Worker = target.Holder ?? Worker };
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Verb.Name}: worker {Worker}, task {Id.TrimStart('0')}, number {Number}{(Verb.TakesRules ? Rules : "")}{(Verb.IsHostile ? $": {HostileOnServer.Of(this)}" : "")}");
}
