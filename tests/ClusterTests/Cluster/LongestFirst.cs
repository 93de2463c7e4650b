using Xunit;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("ClusterTests.Cluster.LongestFirst", "ClusterTests")]

namespace ClusterTests.Cluster;

/// <summary>Starts first what takes longest, so that the run does not end with one long class alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        nameof(FailoverTests), nameof(CaseInstallTests), nameof(CaseUpgradeTests), nameof(FailedUpgradeTests), nameof(BeatTests),
        SharedInstallation.Name, nameof(UpgradeTests), nameof(WrongPasswordTests), nameof(ProbeTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Array.FindIndex(Long, name => IsOf(collection, name)) is >= 0 and var at ? at : Long.Length);

    // A class without a collection has one of its own, with the class in its name.
    private static bool IsOf(ITestCollection collection, string name) =>
        collection.DisplayName == name || $"{collection.DisplayName} ".Contains($".{name} ", StringComparison.Ordinal);
}
