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
    public async Task Uninstalling_leaves_volumes_and_their_password_only_and_a_new_release_finds_its_data()
    {
        var id = (await release.Tasks.EnqueueAsync("debug.echo"))[0];
        await release.Tasks.UntilSucceededAsync([id], Soon);
        var password = await Secrets.FingerprintAsync(release.Kubectl, Release.Credentials);

        await release.Helm.UninstallAsync();

        string[] kept = [$"PersistentVolumeClaim/data-{Release.FullName}-postgresql-0", $"PersistentVolumeClaim/data-{Release.FullName}-redis-0", $"Secret/{Release.Credentials}"];
        await Eventually.UntilAsync(
            "nothing but volume claims and their password is left", Soon, release.ObjectsAsync, objects => objects.Except(setup.Empty).Order(StringComparer.Ordinal).SequenceEqual(kept));

        await release.UpgradeAsync();
        await release.UntilReadyAsync();
        (await Secrets.FingerprintAsync(release.Kubectl, Release.Credentials)).Should().Be(password);
        (await release.Tasks.ResultsAsync([id])).Should().ContainSingle().Which.State.Should().Be("succeeded");
        await release.Tasks.UntilSucceededAsync(await release.Tasks.EnqueueAsync("debug.echo"), Soon);
    }

    public sealed class Setup() : ClusterFixture("worker: { replicas: 1 }")
    {
        /// <summary>What Kubernetes itself puts into a namespace.</summary>
        internal IReadOnlyList<string> Empty { get; private set; } = [];

        private protected override async Task PrepareAsync(Release release)
        {
            Empty = await Eventually.UntilAsync("the namespace has its account", Soon, release.ObjectsAsync, objects => objects.Any(name => name.StartsWith("Secret/", StringComparison.Ordinal) || name.StartsWith("ConfigMap/", StringComparison.Ordinal)));
            await base.PrepareAsync(release);
        }
    }
}
