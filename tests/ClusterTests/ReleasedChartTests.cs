using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>From the chart that was released last to this one and back, while tasks run.</summary>
public sealed class ReleasedChartTests(ReleasedChartTests.Setup setup) : IClassFixture<ReleasedChartTests.Setup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task An_upgrade_and_a_rollback_lose_no_task_and_no_data()
    {
        var passwords = await Secrets.FingerprintAsync(release.Kubectl, Release.Credentials);
        var claims = await ClaimsAsync();
        var first = (await release.Tasks.EnqueueAsync("debug.echo"))[0];
        await release.Tasks.UntilSucceededAsync([first], Soon);

        var duringUpgrade = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(1), count: 60);
        await release.UpgradeAsync();
        await release.UntilReadyAsync();
        var upgraded = await release.Tasks.UntilSucceededAsync(duringUpgrade, Soon);

        var duringRollback = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(1), count: 60);
        await release.Helm.RollbackAsync(1);
        await release.UntilReadyAsync();
        var rolledBack = await release.Tasks.UntilSucceededAsync(duringRollback, Soon);

        upgraded.Concat(rolledBack).Should().OnlyContain(result => result.Attempts == 1 && result.Redeliveries == 0, "workers drain, they do not die");
        (await release.Tasks.ResultsAsync([first])).Should().ContainSingle("the database stays");
        (await Secrets.FingerprintAsync(release.Kubectl, Release.Credentials)).Should().Be(passwords);
        (await ClaimsAsync()).Should().Equal(claims);
    }

    [ClusterFact]
    public async Task An_upgrade_that_would_leave_data_behind_is_refused_with_what_to_do()
    {
        await release.UntilReadyAsync();

        var refused = await FluentActions.Awaiting(() => release.UpgradeWithoutWaitingAsync("fullnameOverride=other")).Should().ThrowAsync<CliException>();
        refused.Which.Message.Should().Contain("would be left behind").And.Contain($"set fullnameOverride to \"{Release.FullName}\"");

        var switchedOff = await FluentActions.Awaiting(() => release.UpgradeWithoutWaitingAsync("redis.enabled=false", "broker.host=elsewhere")).Should().ThrowAsync<CliException>();
        switchedOff.Which.Message.Should().Contain("redis.enabled is false, but this release keeps data");
    }

    private async Task<IReadOnlyList<string>> ClaimsAsync() =>
        [.. (await release.Kubectl.ListAsync("persistentvolumeclaims")).Select(claim => claim.Text("metadata.uid")).Order(StringComparer.Ordinal)];

    /// <summary>
    /// Both changes restart Redis while workers drain. The lease and the drain outlast that on a slow host too: a worker that cannot say for so long that
    /// a task is done ends without having said it, and the task runs again, by design.
    /// </summary>
    public sealed class Setup() : ClusterFixture(
        """
        config: { leaseSeconds: 60 }
        worker: { drainSeconds: 50, terminationGracePeriodSeconds: 60, readinessProbe: { failureThreshold: 3 } }
        """)
    {
        private protected override async Task PrepareAsync(Release release)
        {
            await release.InstallReleasedChartAsync();
            await release.UntilReadyAsync();
        }
    }
}
