using System.Diagnostics;
using System.Security.Cryptography;
using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;
using Xunit.Abstractions;

namespace ClusterTests;

/// <summary>Workers and brokers that die without a word: every task has a result all the same. With the chart's own probes.</summary>
public sealed class FailoverTests(FailoverTests.Setup setup, ITestOutputHelper output) : IClassFixture<FailoverTests.Setup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task A_killed_worker_is_replaced_within_30_seconds_and_no_task_is_lost()
    {
        var victim = (await release.UntilReadyAsync("worker", 3, Soon))[0];

        // Longer than the two seconds that the kubelet grants even to a pod without grace.
        var ids = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(8), count: 12);
        await release.Tasks.UntilActiveAsync("the worker has tasks", tasks => tasks.Any(task => task.IsIn(victim)));
        var clock = Stopwatch.StartNew();

        await release.Kubectl.KillPodAsync(victim.Name);

        var workers = await Eventually.UntilAsync(
            "three workers are ready without the killed one",
            TimeSpan.FromSeconds(30),
            () => release.PodsAsync("worker"),
            pods => pods.Count == 3 && pods.All(pod => pod.IsReady && pod.Name != victim.Name));
        output.WriteLine($"Three workers were ready again after {clock.Elapsed.TotalSeconds:0.0} s: {string.Join("; ", workers)}.");
        var results = await release.Tasks.UntilSucceededAsync(ids, Soon);
        results.Should().OnlyContain(result => result.Attempts == 1, "a lost worker uses up no attempt");
        results.Should().Contain(result => result.Redeliveries == 1, "the kill hit running tasks");
    }

    [ClusterFact]
    public async Task Tasks_of_a_worker_that_the_kernel_killed_run_elsewhere_within_12_seconds()
    {
        Skip.IfNot(release.Cluster.IsLocal, "The nodes of this cluster are not on this host.");
        var victim = (await release.UntilReadyAsync("worker", 3, Soon))[0];
        var process = HostContainer.Find(victim.ContainerId);
        var ids = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(12), count: 9);
        var active = await release.Tasks.UntilActiveAsync("the worker has tasks", tasks => tasks.Any(task => task.IsIn(victim)));

        // Nodes and tests share the host's clock.
        var killedAt = TimeProvider.System.GetUtcNow();
        await process.SignalAsync("KILL");

        var redelivered = (await release.Tasks.UntilSucceededAsync(ids, Soon)).Where(result => result.Redeliveries > 0).ToList();
        var waits = redelivered.ConvertAll(result => (result.StartedAt!.Value - killedAt).TotalSeconds);
        output.WriteLine($"{redelivered.Count} of {active.Count} tasks ran again, {string.Join(", ", waits.Select(wait => $"{wait:0.0} s"))} after the kill.");
        waits.Should().NotBeEmpty().And.OnlyContain(wait => wait <= 12);
        await release.UntilReadyAsync("worker", 3, Soon);
    }

    [ClusterFact]
    public async Task A_thousand_tasks_in_flight_all_have_results_while_twenty_workers_are_killed()
    {
        await release.UntilReadyAsync("worker", 3, Soon);
        var ids = new List<Guid>();
        var (fewest, wanted, inFlight) = (int.MaxValue, 2000, 0);
        var kills = 0;

        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(3), TimeProvider.System);
        for (var clock = Stopwatch.StartNew(); kills < 20; await timer.WaitForNextTickAsync())
        {
            clock.Elapsed.Should().BeLessThan(TimeSpan.FromMinutes(10), "there is always a worker to kill");

            // Topped up, so that every kill meets tasks in flight, however long a round takes on this host.
            var open = (await release.Tasks.CountAsync(ids)).Other;
            fewest = Math.Min(fewest, kills == 0 ? fewest : open);
            wanted = Math.Max(wanted, 3 * (inFlight - open));
            ids.AddRange(await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromMilliseconds(100), count: Math.Max(1, wanted - open)));
            inFlight = Math.Max(wanted, open);
            if ((await release.PodsAsync("worker")).Where(pod => pod.IsReady).ToList() is { Count: > 0 } pods)
            {
                await KillAsync(pods[RandomNumberGenerator.GetInt32(pods.Count)]);
                kills++;
            }
        }

        var drain = Stopwatch.StartNew();
        var results = await release.Tasks.UntilSucceededAsync(ids, TimeSpan.FromSeconds(180));
        output.WriteLine(
            $"{ids.Count} tasks, {kills} kills, never fewer than {fewest} in flight; {results.Count(result => result.Redeliveries > 0)} tasks ran again; the last result came {drain.Elapsed.TotalSeconds:0.0} s after the last kill.");
        results.Select(result => result.TaskId).Should().BeEquivalentTo(ids);
        fewest.Should().BePositive("every kill is to meet tasks in flight");
        results.Should().OnlyContain(result => result.Attempts == 1, "a lost worker uses up no attempt");
        if (release.Cluster.IsLocal)
        {
            results.Should().Contain(result => result.Redeliveries > 0, "a process that the kernel killed leaves its tasks to others");
        }

        await release.UntilReadyAsync("worker", 3, Soon);
    }

    // Even a pod that is deleted without grace has two seconds to put its tasks back; so where the nodes are on this host the kernel kills first.
    private async Task KillAsync(Pod worker)
    {
        if (release.Cluster.IsLocal)
        {
            await HostContainer.Find(worker.ContainerId).SignalAsync("KILL");
        }

        await release.Kubectl.KillPodAsync(worker.Name);
    }

    [ClusterFact]
    public Task A_deleted_broker_loses_no_task_and_restarts_no_worker() =>
        BrokerDiesAsync(redis => release.Kubectl.KillPodAsync(redis.Name));

    [ClusterFact]
    public Task A_broker_that_the_kernel_killed_loses_no_task_and_restarts_no_worker()
    {
        Skip.IfNot(release.Cluster.IsLocal, "The nodes of this cluster are not on this host.");
        return BrokerDiesAsync(redis => HostContainer.Find(redis.ContainerId).SignalAsync("KILL"));
    }

    private async Task BrokerDiesAsync(Func<Pod, Task> kill)
    {
        var before = await release.UntilReadyAsync("worker", 3, Soon);
        var redis = (await release.UntilReadyAsync("redis", 1, Soon))[0];
        var ids = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(1), count: 200);
        await release.Tasks.UntilActiveAsync("tasks run", tasks => tasks.Count > 0);

        await kill(redis);

        await release.Tasks.UntilSucceededAsync(ids, Soon);
        var after = await release.UntilReadyAsync("worker", 3, Soon);
        after.Select(pod => (pod.Name, pod.Restarts)).Should().BeEquivalentTo(before.Select(pod => (pod.Name, pod.Restarts)));
        (await release.UntilReadyAsync("redis", 1, Soon))[0].Json.Text("status.containerStatuses[0].containerID").Should().NotContain(redis.ContainerId, "the broker was really killed");
    }

    public sealed class Setup() : ClusterFixture("", ReleaseSize.Production);
}
