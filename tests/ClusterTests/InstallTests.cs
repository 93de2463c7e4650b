using System.Text.Json.Nodes;
using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;

namespace ClusterTests;

[Collection(SharedInstallation.Name)]
public sealed class InstallTests(SharedInstallation.Setup setup)
{
    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task Three_workers_are_ready_on_three_nodes()
    {
        var workers = await release.UntilReadyAsync("worker", 3, TimeSpan.FromSeconds(60));

        workers.Select(worker => worker.Node).Should().OnlyHaveUniqueItems("the soft anti-affinity has three nodes to choose from");
    }

    [ClusterFact]
    public async Task Exactly_one_beat_is_ready()
    {
        var beats = await release.PodsAsync("beat");

        beats.Should().ContainSingle().Which.IsReady.Should().BeTrue();
    }

    [ClusterFact]
    public async Task Workers_are_connected_to_the_broker_with_fresh_heartbeats()
    {
        var workers = await release.UntilReadyAsync("worker", 3, TimeSpan.FromSeconds(60));

        var seen = (await release.Tasks.PingAsync())["workers"]!.AsArray();

        seen.Select(worker => worker.Text("host")).Should().BeEquivalentTo(workers.Select(worker => worker.Name));
        seen.Select(worker => worker.Number("heartbeatAgeMs")).Should().OnlyContain(age => age < 10_000, "a lease lasts 10 s and is renewed every 2 s");
        seen.Select(worker => worker.Number("concurrency")).Should().OnlyContain(concurrency => concurrency == 4);
    }

    [ClusterFact]
    public async Task Every_worker_and_beat_answers_its_three_probes()
    {
        var pods = (await release.PodsAsync("worker")).Concat(await release.PodsAsync("beat"));

        foreach (var pod in pods)
        {
            foreach (var path in new[] { "/startupz", "/livez", "/readyz" })
            {
                (await release.Kubectl.AskAsync(pod.Name, path)).Should().Be((200, "ok\n"), "{0} asks {1}", path, pod.Name);
            }
        }
    }

    [ClusterFact]
    public async Task A_task_runs_and_its_output_is_read_back()
    {
        var output = await release.Tasks.RunAsync("enqueue", "debug.echo", "--arguments", """{"price": 42.5}""", "--wait", "--output", "json");

        var result = JsonNode.Parse(output);
        result.Text("state").Should().Be("succeeded");
        result.At("output.price")!.GetValue<double>().Should().Be(42.5);
        result.Number("attempts").Should().Be(1);
    }

    [ClusterFact]
    public async Task Every_one_of_the_eight_queues_is_consumed()
    {
        string[] queues = ["default", "backups", "pricing", "reports", "notifications", "accounting", "monitoring", "webhooks"];
        var ids = new List<Guid>();
        foreach (var queue in queues)
        {
            ids.AddRange(await release.Tasks.EnqueueAsync("debug.echo", new { queue }, queue));
        }

        var results = await release.Tasks.UntilSucceededAsync(ids, TimeSpan.FromSeconds(30));

        results.Select(result => result.Queue).Should().BeEquivalentTo(queues);
        results.Should().OnlyContain(result => result.Output.Text("queue") == result.Queue);
    }

    [ClusterFact]
    public async Task The_chart_s_own_test_passes_and_reports_every_queue_and_beat()
    {
        var report = await release.Helm.TestAsync();

        report.Should().MatchRegex("Phase: +Succeeded");
        foreach (var check in new[] { "broker", "database", "queue default", "queue webhooks", "beat" })
        {
            report.Should().MatchRegex($"ok +{check} ");
        }
    }

    [ClusterFact]
    public async Task Results_of_a_schedule_keep_appearing()
    {
        const string Ticks = """output = '{"from": "the schedule of the test"}' AND queue = 'monitoring' AND state = 'succeeded'""";
        var known = (await release.Tasks.ResultsWhereAsync(Ticks)).Count;

        var results = await Eventually.UntilAsync(
            "three more ticks of the schedule have results", TimeSpan.FromSeconds(30), () => release.Tasks.ResultsWhereAsync(Ticks), results => results.Count >= known + 3);

        results.Select(result => result.TaskId).Should().OnlyHaveUniqueItems();
        results[^1].EnqueuedAt.Should().BeAfter(results[0].EnqueuedAt);
    }

    [ClusterFact]
    public async Task An_unknown_task_is_parked()
    {
        var id = (await release.Tasks.EnqueueAsync("nobody.knows_me", force: true))[0];

        await Eventually.UntilAsync(
            "the task is parked", TimeSpan.FromSeconds(30), async () => JsonNode.Parse(await release.Tasks.RunAsync("result", id.ToString(), "--output", "json"))!["state"]!.ToString(), state => state == "parked");
    }

    [ClusterFact]
    public async Task Nothing_that_a_pod_prints_or_shows_holds_a_password()
    {
        var secret = await release.Kubectl.GetAsync($"secret/{Release.FullName}-credentials");
        var passwords = secret["data"]!.AsObject().Select(entry => Convert.FromBase64String(entry.Value!.ToString())).Select(System.Text.Encoding.UTF8.GetString).ToList();
        var texts = new List<(string Source, string Text)>
        {
            ("pods", await release.Kubectl.RunAsync("get", "pods,deployments,statefulsets,jobs,configmaps,events", "--output=json")),
        };
        foreach (var pod in await release.PodsAsync())
        {
            texts.Add((pod.Name, await release.Kubectl.RunAsync("logs", pod.Name, "--all-containers")));
        }

        var leaks = texts.Where(text => passwords.Exists(password => text.Text.Contains(password, StringComparison.Ordinal))).Select(text => text.Source);

        passwords.Should().HaveCount(2, "broker and database have one each");
        leaks.Should().BeEmpty();
    }
}
