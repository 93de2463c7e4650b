using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

/// <summary>A node loses its power with a worker, beat and Redis on it. Other tests need their nodes, so this one runs when they are done.</summary>
[Collection(Alone)]
public sealed class LostNodeTests(LostNodeTests.Setup setup) : IClassFixture<LostNodeTests.Setup>
{
    private const string Alone = "a node is lost";
    private const string Lost = "node1";

    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);
    private static readonly Cli Machines = new(Path.Combine(Repository.Root, "cluster", "cluster"), new Dictionary<string, string>(StringComparer.Ordinal));

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task A_node_that_is_lost_with_worker_beat_and_Redis_loses_no_task_and_no_tick()
    {
        Skip.IfNot(release.Cluster.IsLocal, "The nodes of this cluster are not on this host.");
        var redis = (await release.UntilReadyAsync("redis", 1, Soon))[0];
        var beat = (await release.UntilReadyAsync("beat", 1, Soon))[0];
        var worker = (await release.UntilReadyAsync("worker", 3, Soon)).First(pod => pod.Node == Lost);
        new[] { redis.Node, beat.Node }.Should().AllBe(Lost);
        await release.Database.ExecuteAsync("""
            INSERT INTO taskrunner.schedules (name, every_ms, task, queue, catch_up, catch_up_limit)
            VALUES ('each-second', 1000, 'debug.echo', 'monitoring', 'all', 1000)
            """);
        var ids = await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(4), count: 100);
        await release.Tasks.UntilActiveAsync("the worker on the node has tasks", tasks => tasks.Any(task => task.IsIn(worker)));

        await Machines.RunAsync(["kill-node", Lost[^1..]]);
        try
        {
            await Eventually.UntilAsync(
                "beat and every worker run on other nodes",
                Soon,
                ProgramsAsync,
                pods => pods.Count == 4 && pods.All(pod => pod.Phase == "Running" && pod.Node != Lost));
            (await release.PodsAsync()).Where(pod => pod.Component == "redis")
                .Should().ContainSingle("nobody but the node can say that its Redis has ended").Which.Node.Should().Be(Lost);
        }
        finally
        {
            await Machines.RunAsync(["up"], within: Soon);
        }

        await release.UntilReadyAsync("redis", 1, Soon);
        var results = await release.Tasks.UntilSucceededAsync(ids, Soon);
        results.Should().OnlyContain(result => result.Attempts == 1, "a lost node uses up no attempt");
        results.Should().Contain(result => result.Redeliveries > 0, "tasks ran on the node");
        await EveryTickRanOnceAsync();
    }

    private async Task<IReadOnlyList<Pod>> ProgramsAsync() => [.. await release.PodsAsync("worker"), .. await release.PodsAsync("beat")];

    private async Task EveryTickRanOnceAsync()
    {
        const string Ticks = "taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = 'each-second'";
        const string Unfinished = $"""
            SELECT count(*) FROM {Ticks} AND NOT (state = 'ran' OR state = 'sent' AND EXISTS (
                SELECT FROM taskrunner.results AS result WHERE result.task_id = ticks.task_id AND result.state = 'succeeded'))
            """;
        const string Gaps = $"""
            SELECT count(*) FROM (SELECT nominal - lag(nominal) OVER (ORDER BY nominal) AS gap FROM {Ticks}) AS gaps WHERE gap <> interval '1 second'
            """;
        await release.Database.ExecuteAsync("UPDATE taskrunner.schedules SET enabled = false WHERE name = 'each-second'");
        await Eventually.UntilAsync("every tick has run", Soon, () => release.Database.ExecuteAsync(Unfinished), count => count == "0");
        (await release.Database.ExecuteAsync(Gaps)).Should().Be("0", "each second has its tick");
        (await release.Database.ExecuteAsync($"SELECT count(*) > 20 AND count(*) = count(DISTINCT task_id) FROM {Ticks}"))
            .Should().Be("t", "there was a tick in each second in which the node was gone");
    }

    [CollectionDefinition(Alone, DisableParallelization = true)]
    public sealed class Collection;

    /// <summary>Redis and beat start on the node that will be lost, PostgreSQL on another; workers spread as they do.</summary>
    public sealed class Setup() : ClusterFixture($$"""
        lostNodeSeconds: 5
        worker: { replicas: 3, concurrency: 4 }
        redis: { affinity: { nodeAffinity: { {{OnTheLost}} } } }
        beat: { affinity: { nodeAffinity: { {{OnTheLost}} } } }
        postgresql:
          affinity:
            nodeAffinity:
              requiredDuringSchedulingIgnoredDuringExecution:
                nodeSelectorTerms: [{ matchExpressions: [{ key: kubernetes.io/hostname, operator: NotIn, values: [{{Lost}}] }] }]
        """)
    {
        private const string OnTheLost =
            "preferredDuringSchedulingIgnoredDuringExecution: "
            + $"[{{ weight: 100, preference: {{ matchExpressions: [{{ key: kubernetes.io/hostname, operator: In, values: [{Lost}] }}] }} }}]";
    }
}
