using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>Probes that act: what hangs is restarted, what cannot work leaves the ready set and comes back by itself.</summary>
public sealed class ProbeTests(ProbeTests.Setup setup) : IClassFixture<ProbeTests.Setup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan LongerThanLivenessIsPatient = TimeSpan.FromSeconds(10);

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task A_hung_worker_is_restarted_and_its_task_runs()
    {
        Skip.IfNot(release.Cluster.IsLocal, "The nodes of this cluster are not on this host.");
        var hung = (await release.UntilReadyAsync("worker", 2, Soon))[0];
        var process = HostContainer.Find(hung.ContainerId);
        var ids = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(10), count: 8);
        await release.Tasks.UntilActiveAsync("the worker has tasks", tasks => tasks.Any(task => task.IsIn(hung)));

        await process.SignalAsync("STOP");

        await Eventually.UntilAsync("the kubelet has restarted the worker", TimeSpan.FromSeconds(120), () => release.PodAsync(hung.Name), pod => pod.Restarts > hung.Restarts && pod.IsReady);
        var results = await release.Tasks.UntilSucceededAsync(ids, Soon);
        results.Should().OnlyContain(result => result.Attempts == 1, "a hung worker uses up no attempt");
        results.Should().Contain(result => result.Redeliveries == 1);
    }

    [ClusterFact]
    public async Task Workers_without_a_broker_leave_the_ready_set_and_come_back_without_a_restart()
    {
        var before = await release.UntilReadyAsync("worker", 2, Soon);

        await release.Kubectl.ScaleAsync(Release.Redis, 0);
        await Eventually.UntilAsync("no worker is ready", Soon, () => release.Kubectl.GetAsync(Release.Worker), deployment => deployment.Number("status.readyReplicas") == 0);
        var (status, body) = await release.Kubectl.AskAsync(before[0].Name, "/readyz");
        var (alive, _) = await release.Kubectl.AskAsync(before[0].Name, "/livez");
        await Eventually.HoldsAsync(
            "no worker is restarted", LongerThanLivenessIsPatient, () => release.PodsAsync("worker"), pods => pods.All(pod => before.Any(known => known.Name == pod.Name && known.Restarts == pod.Restarts)));
        await release.Kubectl.ScaleAsync(Release.Redis, 1);
        var after = await release.UntilReadyAsync("worker", 2, Soon);

        status.Should().Be(503);
        body.Should().Contain("broker");
        alive.Should().Be(200, "a broker that is away is no reason to restart");
        after.Select(pod => (pod.Name, pod.Restarts)).Should().BeEquivalentTo(before.Select(pod => (pod.Name, pod.Restarts)));
        await release.Tasks.UntilSucceededAsync(await release.Tasks.EnqueueAsync("debug.echo"), Soon);
    }

    public sealed class Setup() : ClusterFixture(
        """
        worker:
          replicas: 2
          terminationGracePeriodSeconds: null
          drainSeconds: 3
          livenessProbe: { periodSeconds: 2 }
        """);
}
