using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;
using Xunit.Abstractions;

namespace ClusterTests;

/// <summary>An installation whose database refuses its password: said in one sentence, no crash loop, and put right by an upgrade.</summary>
public sealed class WrongPasswordTests(WrongPasswordTests.Setup setup, ITestOutputHelper output) : IClassFixture<WrongPasswordTests.Setup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task Workers_with_a_wrong_password_say_so_are_not_restarted_and_work_once_it_is_right()
    {
        var worker = await release.RunningWorkerAsync();

        var (status, body) = await Eventually.UntilAsync(
            "readiness tells of the refused login", Soon, () => release.Kubectl.AskAsync(worker.Name, "/readyz"), answer => answer.Body.Contains("refused the login", StringComparison.Ordinal));
        await Eventually.HoldsAsync("the worker is neither ready nor restarted", TimeSpan.FromSeconds(15), () => release.PodAsync(worker.Name), pod => pod.Restarts == 0 && !pod.IsReady);
        await release.UpgradeAsync("extraEnv[0].name=READ_BY_NOBODY");
        await release.UntilReadyAsync();

        output.WriteLine(body.Trim());
        status.Should().Be(503);
        body.Should().MatchRegex("database: PostgreSQL at demo-taskrunner-postgresql:5432 refused the login of user 'taskrunner'.*: check the user, the password and pg_hba.conf.");
        await release.Tasks.UntilSucceededAsync(await release.Tasks.EnqueueAsync("debug.echo"), Soon);
    }

    /// <summary>The programs are given the broker's password for the database.</summary>
    public sealed class Setup() : ClusterFixture(
        """
        worker:
          replicas: 1
        extraEnv:
          - name: TASKRUNNER_DATABASE_PASSWORD_FILE
            value: /etc/taskrunner/secrets/broker-password
        """)
    {
        private protected override Task PrepareAsync(Release release) => release.UpgradeWithoutWaitingAsync();
    }
}
