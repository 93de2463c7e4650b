using System.Globalization;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>The rules of a task in the tests.</summary>
/// <param name="UniqueKey">Its unique key; null for none.</param>
/// <param name="UntilStart">Whether it gives the key back when it starts, not when it is done.</param>
/// <param name="Replaces">Whether it takes the place of the task that holds the key.</param>
/// <param name="ConcurrencyKey">Its concurrency key; null for none.</param>
/// <param name="Limit">How many tasks with that key run at a time.</param>
/// <param name="IsRated">Whether it has the rate key.</param>
/// <param name="Expires">Whether it has a time to live.</param>
internal sealed record ModelRules(string? UniqueKey, bool UntilStart, bool Replaces, string? ConcurrencyKey, int Limit, bool IsRated, bool Expires)
{
    public static ModelRules Draw(Random random) => new(
        random.Next(5) switch { 0 => "a", 1 => "b", _ => null },
        random.Next(2) == 0,
        random.Next(2) == 0,
        random.Next(4) switch { 0 => "c", 1 => "d", _ => null },
        random.Next(1, 3),
        random.Next(4) == 0,
        random.Next(3) == 0);

    public override string ToString() => string.Concat(
        UniqueKey is null ? "" : $", unique {UniqueKey} until {(UntilStart ? "start" : "done")}{(Replaces ? ", replaces" : "")}",
        ConcurrencyKey is null ? "" : string.Create(CultureInfo.InvariantCulture, $", {Limit} of {ConcurrencyKey} at a time"),
        IsRated ? ", rated" : "",
        Expires ? ", expires" : "");
}

/// <summary>Kinds that a task is parked by when its worker does not know it.</summary>
internal static class ModelKinds
{
    public const string NewType = "t:new.task";

    public const string NewVersion = "v:2";
}
