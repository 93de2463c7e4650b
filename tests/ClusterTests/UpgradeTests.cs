using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>Changes of the release while it works.</summary>
public sealed class UpgradeTests(UpgradeTests.Setup setup) : IClassFixture<UpgradeTests.Setup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task A_rolling_update_drains_workers_and_every_task_runs_once()
    {
        var before = await release.UntilReadyAsync("worker", 3, Soon);
        var ids = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(1), count: 120);
        await release.Tasks.UntilActiveAsync("tasks run", tasks => tasks.Count > 0);

        var update = UpdateAsync($"worker.podAnnotations.changed=at-{Guid.NewGuid():N}");
        await Eventually.HoldsAsync(
            "two workers are ready while one is replaced", update, async () => new Rollout(await release.Kubectl.GetAsync(Release.Worker)), rollout => rollout.Ready >= 2);
        await update;

        var results = await release.Tasks.UntilSucceededAsync(ids, Soon);
        results.Should().OnlyContain(result => result.Attempts == 1 && result.Redeliveries == 0, "drained workers finish or hand over what they hold");
        (await release.PodsAsync("worker")).Select(pod => pod.Name).Should().NotIntersectWith(before.Select(pod => pod.Name));
    }

    [ClusterFact]
    public async Task A_worker_whose_pod_is_deleted_finishes_its_task_first()
    {
        var (pod, task) = await BusyWorkerAsync();

        await release.Kubectl.DeletePodAsync(pod.Name);

        var result = (await release.Tasks.UntilSucceededAsync([task.Id], Soon))[0];
        result.Worker.Should().Be(task.Worker, "the worker that had it was given the time to finish it");
        result.Redeliveries.Should().Be(0);
    }

    /// <summary>The signal comes from the host: of a deleted pod, the kubelet does not always keep how its container ended.</summary>
    [ClusterFact]
    public async Task A_worker_that_is_told_to_stop_ends_with_0()
    {
        Skip.IfNot(release.Cluster.IsLocal, "The nodes of this cluster are not on this host.");
        var (pod, task) = await BusyWorkerAsync();

        await HostContainer.Find(pod.ContainerId).SignalAsync("TERM");

        var ended = await Eventually.UntilAsync(
            "the worker has ended", Soon, () => release.Kubectl.GetAsync($"pod/{pod.Name}"), json => json.At("status.containerStatuses[0].lastState.terminated") is not null);
        ended.Number("status.containerStatuses[0].lastState.terminated.exitCode").Should().Be(0);
        (await release.Tasks.UntilSucceededAsync([task.Id], Soon))[0].Worker.Should().Be(task.Worker);
    }

    [ClusterFact]
    public async Task An_upgrade_keeps_passwords_and_data()
    {
        var passwords = await Secrets.FingerprintAsync(release.Kubectl, Release.Credentials);
        var id = (await release.Tasks.EnqueueAsync("debug.echo"))[0];
        await release.Tasks.UntilSucceededAsync([id], Soon);

        await UpdateAsync("worker.concurrency=5");

        (await Secrets.FingerprintAsync(release.Kubectl, Release.Credentials)).Should().Be(passwords);
        (await release.Tasks.ResultsAsync([id])).Should().ContainSingle();
        await Eventually.UntilAsync(
            "all workers have the new concurrency", Soon, async () => (await release.Tasks.PingAsync())["workers"]!.AsArray().Select(worker => worker.Number("concurrency")).ToList(), all => all.Count == 3 && all.TrueForAll(c => c == 5));
    }

    private async Task<(Pod Pod, ActiveTask Task)> BusyWorkerAsync()
    {
        await release.UntilReadyAsync("worker", 3, Soon);
        var id = (await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(5)))[0];
        var task = (await release.Tasks.UntilActiveAsync("the task runs", tasks => tasks.Any(task => task.Id == id))).Single(task => task.Id == id);
        return ((await release.PodsAsync("worker")).Single(task.IsIn), task);
    }

    private async Task UpdateAsync(string setting)
    {
        await release.UpgradeAsync(setting);
        await release.UntilReadyAsync();
    }

    /// <summary>A probe that is answered late on a busy host is no downtime: one late answer makes no pod unready here.</summary>
    public sealed class Setup() : ClusterFixture(
        """
        worker:
          readinessProbe: { failureThreshold: 3 }
        """);
}
