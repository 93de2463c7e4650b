using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>An upgrade that cannot work: the pods that work do not notice it, and a rollback is all that it takes.</summary>
public sealed class FailedUpgradeTests(FailedUpgradeTests.Setup setup) : IClassFixture<FailedUpgradeTests.Setup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task A_wrong_password_reaches_no_pod_that_works() => await FailsAsync(["postgresql.password=wrong", "upgradeGuard=false"], async pod =>
        (await release.Kubectl.AskAsync(pod.Name, "/readyz")).Body.Contains("refused the login", StringComparison.Ordinal));

    [ClusterFact]
    public async Task An_image_that_is_missing_reaches_no_pod_that_works() => await FailsAsync(["image.tag=missing"], pod =>
        Task.FromResult(pod.Json.Text("status.containerStatuses[0].state.waiting.reason").StartsWith("ErrImage", StringComparison.Ordinal)));

    private async Task FailsAsync(string[] settings, Func<Pod, Task<bool>> hasFailed)
    {
        await release.UntilReadyAsync();
        var before = (await ProgramsAsync()).Select(pod => pod.Name).ToHashSet(StringComparer.Ordinal);
        var ids = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(1), count: 60);

        await release.UpgradeWithoutWaitingAsync(settings);
        foreach (var component in new[] { "worker", "beat" })
        {
            await Eventually.UntilAsync(
                $"a new pod of {component} has failed",
                Soon,
                async () => (await NewAsync(component, before)) is { Count: > 0 } pods && await hasFailed(pods[0]),
                failed => failed);
        }

        await release.UntilReadyAsync("postgresql", 1, Soon);
        await Eventually.HoldsAsync(
            "beat and a worker of before are ready",
            TimeSpan.FromSeconds(15),
            ProgramsAsync,
            pods => new[] { "worker", "beat" }.All(component => pods.Any(pod => pod.Component == component && pod.IsReady && before.Contains(pod.Name))));
        await UntilTickedAsync();
        await release.Helm.RollbackAsync(await release.Helm.BeforeLastAsync());
        await release.UntilReadyAsync();

        // A new worker without a database runs tasks, too; what it cannot write is written once it is gone.
        (await release.Tasks.UntilSucceededAsync(ids, Soon)).Should().OnlyContain(result => result.Attempts == 1);
    }

    private async Task<IReadOnlyList<Pod>> ProgramsAsync() => [.. await release.PodsAsync("worker"), .. await release.PodsAsync("beat")];

    private async Task<IReadOnlyList<Pod>> NewAsync(string component, HashSet<string> before) =>
        [.. (await release.PodsAsync(component)).Where(pod => !before.Contains(pod.Name))];

    private async Task UntilTickedAsync()
    {
        Task<string> Ticks() => release.Database.ExecuteAsync("SELECT count(*) FROM taskrunner.ticks WHERE state IN ('sent', 'ran')");
        var known = await Ticks();
        await Eventually.UntilAsync("the schedule ticks", Soon, Ticks, count => count != known);
    }

    public sealed class Setup() : ClusterFixture(
        """
        worker: { replicas: 2 }
        beat:
          strategy: { type: RollingUpdate }
          schedules: { heartbeat: { every: 1s, task: debug.echo, queue: monitoring } }
        """);
}
