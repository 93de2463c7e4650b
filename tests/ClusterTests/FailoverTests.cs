using System.Diagnostics;
using System.Security.Cryptography;
using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>Pods that die without a word: every task has a result all the same.</summary>
public sealed class FailoverTests(FailoverTests.Setup setup) : IClassFixture<FailoverTests.Setup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task A_killed_worker_is_replaced_within_30_seconds_and_no_task_is_lost()
    {
        var victim = (await release.UntilReadyAsync("worker", 3, Soon))[0];
        var ids = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(2), count: 24);
        await release.Tasks.UntilActiveAsync("the worker has tasks", tasks => tasks.Any(task => task.IsIn(victim)));

        await release.Kubectl.KillPodAsync(victim.Name);

        var workers = await release.UntilReadyAsync("worker", 3, TimeSpan.FromSeconds(30));
        workers.Should().NotContain(pod => pod.Name == victim.Name);
        var results = await release.Tasks.UntilSucceededAsync(ids, Soon);
        results.Should().HaveCount(24).And.OnlyContain(result => result.Attempts == 1);
    }

    [ClusterFact]
    public async Task A_thousand_tasks_all_have_results_while_workers_are_killed_every_three_seconds()
    {
        await release.UntilReadyAsync("worker", 3, Soon);
        var ids = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromMilliseconds(100), count: 1000);

        var kills = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(3), TimeProvider.System);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(60); await timer.WaitForNextTickAsync())
        {
            if (await release.PodsAsync("worker") is { Count: > 0 } pods)
            {
                await release.Kubectl.KillPodAsync(pods[RandomNumberGenerator.GetInt32(pods.Count)].Name);
                kills++;
            }
        }

        var results = await release.Tasks.UntilSucceededAsync(ids, TimeSpan.FromSeconds(180));
        kills.Should().BeGreaterThan(10);
        results.Select(result => result.TaskId).Should().BeEquivalentTo(ids);
        await release.UntilReadyAsync("worker", 3, Soon);
    }

    [ClusterFact]
    public async Task A_killed_broker_loses_no_task_and_restarts_no_worker()
    {
        var before = await release.UntilReadyAsync("worker", 3, Soon);
        var ids = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromMilliseconds(300), count: 150);
        await release.Tasks.UntilActiveAsync("tasks run", tasks => tasks.Count > 0);

        await release.Kubectl.KillPodAsync($"{Release.FullName}-redis-0");

        await release.Tasks.UntilSucceededAsync(ids, Soon);
        var after = await release.UntilReadyAsync("worker", 3, Soon);
        after.Select(pod => (pod.Name, pod.Restarts)).Should().BeEquivalentTo(before.Select(pod => (pod.Name, pod.Restarts)));
    }

    [ClusterFact]
    public async Task A_killed_beat_is_replaced_and_no_tick_is_doubled()
    {
        var victim = (await release.UntilReadyAsync("beat", 1, Soon))[0];

        await release.Kubectl.KillPodAsync(victim.Name);
        await Eventually.UntilAsync("another beat is ready", Soon, () => release.PodsAsync("beat"), pods => pods.Count == 1 && pods[0].IsReady && pods[0].Name != victim.Name);
        var now = await release.Database.ExecuteAsync("SELECT now()");
        await Eventually.UntilAsync(
            "three new ticks have results", Soon, () => release.Tasks.ResultsWhereAsync($"queue = 'monitoring' AND enqueued_at > '{now}'"), ticks => ticks.Count >= 3);

        // A tick's id is made from schedule and time, so a doubled one would show as one row that ran twice.
        (await release.Tasks.ResultsWhereAsync("queue = 'monitoring' AND attempts > 1")).Should().BeEmpty();
        var seconds = await release.Database.ExecuteAsync("SELECT extract(epoch FROM now() - min(enqueued_at))::int FROM taskrunner.results WHERE queue = 'monitoring'");
        (await release.Tasks.ResultsWhereAsync("queue = 'monitoring'")).Count.Should().BeLessThanOrEqualTo(int.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture) + 2);
    }

    public sealed class Setup() : ClusterFixture(
        """
        worker:
          replicas: 3
        beat:
          schedules:
            heartbeat: { every: 1s, task: debug.echo, queue: monitoring }
        """);
}
