using System.Globalization;
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

        await release.UpgradeAsync($"podAnnotations.changed=at-{Guid.NewGuid():N}");
        await release.UntilReadyAsync();

        var results = await release.Tasks.UntilSucceededAsync(ids, Soon);
        results.Should().OnlyContain(result => result.Attempts == 1 && result.Redeliveries == 0, "drained workers finish or hand over what they hold");
        (await release.PodsAsync("worker")).Select(pod => pod.Name).Should().NotIntersectWith(before.Select(pod => pod.Name));
    }

    [ClusterFact]
    public async Task A_worker_that_is_told_to_stop_finishes_its_task_first()
    {
        await release.UntilReadyAsync("worker", 3, Soon);
        var id = (await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(5)))[0];
        var holder = (await release.Tasks.UntilActiveAsync("the task runs", tasks => tasks.Any(task => task.Id == id))).Single(task => task.Id == id).Worker;
        var pod = (await release.PodsAsync("worker")).Single(p => holder.StartsWith($"{p.Name}:", StringComparison.Ordinal));

        await release.Kubectl.DeletePodAsync(pod.Name);

        var result = (await release.Tasks.UntilSucceededAsync([id], Soon))[0];
        result.Worker.Should().Be(holder, "the worker that had it was given the time to finish it");
        result.Redeliveries.Should().Be(0);
    }

    [ClusterFact]
    public async Task An_upgrade_keeps_passwords_and_data()
    {
        var passwords = (await release.Kubectl.GetAsync($"secret/{Release.FullName}-credentials"))["data"]!.ToJsonString();
        var results = int.Parse(await release.Database.ExecuteAsync("SELECT count(*) FROM taskrunner.results"), CultureInfo.InvariantCulture);

        await release.UpgradeAsync("worker.concurrency=5");
        await release.UntilReadyAsync();

        (await release.Kubectl.GetAsync($"secret/{Release.FullName}-credentials"))["data"]!.ToJsonString().Should().Be(passwords);
        int.Parse(await release.Database.ExecuteAsync("SELECT count(*) FROM taskrunner.results"), CultureInfo.InvariantCulture).Should().BeGreaterThanOrEqualTo(results);
        await Eventually.UntilAsync(
            "all workers have the new concurrency", Soon, async () => (await release.Tasks.PingAsync())["workers"]!.AsArray().Select(worker => worker.Number("concurrency")).ToList(), all => all.TrueForAll(c => c == 5));
    }

    public sealed class Setup() : ClusterFixture(
        """
        worker:
          replicas: 3
        """);
}
