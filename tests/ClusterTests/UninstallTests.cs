using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

public sealed class UninstallTests(UninstallTests.Setup setup) : IClassFixture<UninstallTests.Setup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(120);

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task Uninstalling_leaves_the_volumes_of_the_stores_and_a_new_release_finds_its_data_in_them()
    {
        var passwords = await PasswordsAsync();
        var id = (await release.Tasks.EnqueueAsync("debug.echo"))[0];
        await release.Tasks.UntilSucceededAsync([id], Soon);

        await release.Helm.UninstallAsync();
        await Eventually.UntilAsync("all pods are gone", Soon, () => release.PodsAsync(), pods => pods.Count == 0);
        var left = (await release.Kubectl.ListAsync("deployments,statefulsets,jobs,services,configmaps,poddisruptionbudgets,persistentvolumeclaims,serviceaccounts"))
            .Select(item => $"{item.Text("kind")}/{item.Text("metadata.name")}").ToList();
        await release.UpgradeAsync([.. passwords]);
        await release.UntilReadyAsync();

        left.Where(name => name.Contains("taskrunner", StringComparison.Ordinal)).Should().BeEquivalentTo(
            $"PersistentVolumeClaim/data-{Release.FullName}-redis-0", $"PersistentVolumeClaim/data-{Release.FullName}-postgresql-0");
        (await release.Tasks.ResultsAsync([id])).Should().ContainSingle().Which.State.Should().Be("succeeded");
    }

    /// <summary>The generated passwords, as one keeps them before an uninstall: the database still has its own in its volume.</summary>
    private async Task<IReadOnlyList<string>> PasswordsAsync()
    {
        var data = (await release.Kubectl.GetAsync($"secret/{Release.FullName}-credentials"))["data"]!.AsObject();
        return
        [
            $"redis.password={Decode(data["broker-password"]!.ToString())}",
            $"postgresql.password={Decode(data["database-password"]!.ToString())}",
        ];
    }

    private static string Decode(string base64) => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(base64));

    public sealed class Setup() : ClusterFixture(
        """
        worker:
          replicas: 1
        """);
}
