using ClusterTests.Cluster;
using ClusterTests.Installation;
using Xunit;

namespace ClusterTests;

/// <summary>The chart as it comes, with one schedule: for tests that look and do not touch.</summary>
[CollectionDefinition(Name)]
public sealed class SharedInstallation : ICollectionFixture<SharedInstallation.Setup>
{
    public const string Name = "the chart as it comes";

    public sealed class Setup() : ClusterFixture(
        """
        beat:
          schedules:
            heartbeat:
              every: 1s
              task: debug.echo
              queue: monitoring
              arguments: { from: the schedule of the test }
        """,
        ReleaseSize.Production);
}
