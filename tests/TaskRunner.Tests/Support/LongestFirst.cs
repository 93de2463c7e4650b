using TaskRunner.Tests.Beat;
using TaskRunner.Tests.Beat.Erp;
using TaskRunner.Tests.Beat.Model;
using TaskRunner.Tests.Beat.Odd;
using TaskRunner.Tests.Beat.Soak;
using TaskRunner.Tests.Beat.World;
using TaskRunner.Tests.Cli;
using TaskRunner.Tests.Worker;
using TaskRunner.Tests.Worker.Hostile;
using Xunit;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("TaskRunner.Tests.Support.LongestFirst", "TaskRunner.Tests")]

namespace TaskRunner.Tests.Support;

/// <summary>Starts the collections that take minutes before all others, so that no core waits for them at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        PostgresFixture.Name,
        BeatPostgres.Name,
        OddRowPostgres.Name,
        nameof(DatabaseIncidentTests),
        nameof(ClockJumpTests),
        nameof(RefusedTickTests),
        nameof(HostileCodeTests),
        nameof(ProcessTests),
        nameof(BlockedOutputTests),
        nameof(BeatStateMachineTests),
        nameof(BeatSoakTests),
        nameof(HostileValuesTests),
        nameof(OddVerbTests),
        nameof(ErpExampleTests),
        nameof(FaultyQueueTests),
        nameof(CronOracleTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Array.FindIndex(Long, name => IsOf(collection, name)) is >= 0 and var at ? at : Long.Length);

    // A class without a collection has one of its own, with the class in its name.
    private static bool IsOf(ITestCollection collection, string name) =>
        collection.DisplayName == name || collection.DisplayName.Contains($".{name} ", StringComparison.Ordinal) || collection.DisplayName.EndsWith($".{name}", StringComparison.Ordinal);
}
