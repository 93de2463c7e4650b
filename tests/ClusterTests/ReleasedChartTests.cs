using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>An upgrade from the chart that was released last which cannot be meant.</summary>
public sealed class ReleasedChartTests(ReleasedChartTests.Setup setup) : IClassFixture<ReleasedChartTests.Setup>
{
    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task An_upgrade_that_would_leave_data_behind_is_refused_with_what_to_do()
    {
        var refused = await FluentActions.Awaiting(() => release.UpgradeWithoutWaitingAsync("fullnameOverride=other")).Should().ThrowAsync<CliException>();
        refused.Which.Message.Should().Contain("would be left behind").And.Contain($"set fullnameOverride to \"{Release.FullName}\"");

        var switchedOff = await FluentActions.Awaiting(() => release.UpgradeWithoutWaitingAsync("redis.enabled=false", "broker.host=elsewhere")).Should().ThrowAsync<CliException>();
        switchedOff.Which.Message.Should().Contain("redis.enabled is false, but this release keeps data");
    }

    public sealed class Setup() : ClusterFixture("")
    {
        private protected override Task PrepareAsync(Release release) => release.InstallReleasedChartAsync();
    }
}
