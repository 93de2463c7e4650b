using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>An installation whose stores cannot be used: said in one sentence, and no crash loop.</summary>
public sealed class MistakeTests(MistakeTests.Setup setup) : IClassFixture<MistakeTests.Setup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task Workers_that_cannot_reach_their_stores_say_so_and_are_not_restarted()
    {
        var worker = await release.RunningWorkerAsync();

        var (status, body) = await Eventually.UntilAsync(
            "readiness names both stores",
            Soon,
            () => release.Kubectl.AskAsync(worker.Name, "/readyz"),
            answer => answer.Body.Contains("broker", StringComparison.Ordinal) && answer.Body.Contains("nowhere-database", StringComparison.Ordinal));

        status.Should().Be(503);
        body.Should().NotContain("a-password-of-the-test");
        (await release.Kubectl.AskAsync(worker.Name, "/livez")).Status.Should().Be(200);
        await Eventually.HoldsAsync("the worker is not restarted", TimeSpan.FromSeconds(15), () => release.PodAsync(worker.Name), pod => pod.Restarts == 0 && !pod.IsReady);
        var log = await release.Kubectl.RunAsync("logs", worker.Name);
        log.Should().Contain("nowhere-broker").And.NotContain("a-password-of-the-test");
    }

    public sealed class Setup() : ClusterFixture(
        """
        worker:
          replicas: 1
        redis:
          enabled: false
        postgresql:
          enabled: false
        broker:
          host: nowhere-broker
          password: a-password-of-the-test
        database:
          host: nowhere-database
          name: taskrunner
          username: taskrunner
          password: a-password-of-the-test
        """)
    {
        private protected override Task PrepareAsync(Release release) => release.UpgradeWithoutWaitingAsync();
    }
}
