using ClusterTests.Installation;
using Xunit;

namespace ClusterTests.Cluster;

/// <summary>A release of its own for the tests of a class or of a collection: installed before the first, deleted after the last.</summary>
/// <param name="values">What differs from the chart's values, as YAML.</param>
/// <param name="size">Whether pods ask for as much as in production.</param>
public abstract class ClusterFixture(string values, ReleaseSize size = ReleaseSize.Small) : IAsyncLifetime
{
    private Release? release;

    internal Release Release => release ?? throw new InvalidOperationException(TestCluster.Absence ?? "The release was not installed.");

    public async Task InitializeAsync()
    {
        // All tests are skipped without a cluster, and fail by the missing release in CI.
        if (TestCluster.Absence is null)
        {
            release = await Release.CreateAsync(TestCluster.Current, GetType(), values, size);
            try
            {
                await PrepareAsync(release);
            }
            catch
            {
                await WriteDiagnosticsAsync(GetType().FullName!);
                await DisposeAsync();
                throw;
            }
        }
    }

    public async Task DisposeAsync()
    {
        if (release is { } installed)
        {
            release = null;
            await installed.DisposeAsync();
        }
    }

    internal Task WriteDiagnosticsAsync(string test) => release is null ? Task.CompletedTask : Diagnostics.WriteAsync(release, test);

    /// <summary>What is done with the namespace before the first test: installs the chart and waits until all pods are ready.</summary>
    private protected virtual async Task PrepareAsync(Release release)
    {
        await release.UpgradeAsync();
        await release.UntilReadyAsync();
    }
}
