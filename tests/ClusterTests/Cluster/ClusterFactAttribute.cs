using Xunit;
using Xunit.Sdk;

namespace ClusterTests.Cluster;

/// <summary>
/// A test on the cluster. Without a cluster it is skipped with the reason, but fails where <c>CI</c> is <c>true</c>. When it fails, the
/// state of its release is written down before the release is deleted.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("ClusterTests.Cluster.ClusterFactDiscoverer", "ClusterTests")]
public sealed class ClusterFactAttribute : FactAttribute
{
    public ClusterFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true")
        {
            Skip = TestCluster.Absence;
        }
    }
}
