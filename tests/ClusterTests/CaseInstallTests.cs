using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace ClusterTests;

/// <summary>Cases that need nothing of other projects, installed as people install them and asked by the chart's own test.</summary>
public sealed class CaseInstallTests(CaseInstallTests.Setup setup, ITestOutputHelper output) : IClassFixture<CaseInstallTests.Setup>
{
    /// <summary>
    /// Those that bring their stores. The rest wants a store, a class or an operator of somebody's own; the dry run judges them. The cases
    /// follow each other as upgrades of one release, so that each is an upgrade from another one too.
    /// </summary>
    private static readonly string[] Cases =
    [
        "default-values.yaml", "two-pools-values.yaml", "strict-priorities-values.yaml", "idle-first-values.yaml", "many-beats-values.yaml",
        "plain-beat-values.yaml", "closed-off-values.yaml",
    ];

    /// <summary>How many of them a usual run tries, others each day; with <c>TASKRUNNER_TEST_LONG=upgrades</c> it tries all.</summary>
    private const int Sample = 2;

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task Every_case_becomes_ready_and_passes_the_test_of_the_chart()
    {
        foreach (var file in DailySample.Of(Cases, Sample, "upgrades", output))
        {
            output.WriteLine(file);
            await release.Helm.UpgradeAsync([Release.Small, CiCases.Path(file)], Setup.Same, [], wait: true);
            await release.UntilReadyAsync();

            (await release.Helm.TestAsync()).Should().Contain("Phase:          Succeeded", "{0} is a case", file);
        }
    }

    /// <summary>The data of the stores stays, so their passwords do.</summary>
    public sealed class Setup() : ClusterFixture(Same)
    {
        internal const string Same = """
            redis: { password: one-for-all-cases }
            postgresql: { password: one-for-all-cases }
            worker: { replicas: 1, drainSeconds: 20, terminationGracePeriodSeconds: null }
            """;

        private protected override Task PrepareAsync(Release release) => Task.CompletedTask;
    }
}
