using System.Globalization;
using System.Text.RegularExpressions;
using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit;
using Xunit.Abstractions;

namespace ClusterTests;

/// <summary>A beat that dies, hangs or loses its database: the schedule goes on, and no tick is lost or doubled.</summary>
public sealed partial class BeatTests(BeatTests.Setup setup, ITestOutputHelper output) : IClassFixture<BeatTests.Setup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan LongerThanLivenessIsPatient = TimeSpan.FromSeconds(10);

    private readonly Release release = setup.Release;

    [ClusterFact]
    public async Task A_killed_beat_is_replaced_and_no_tick_is_lost_or_doubled()
    {
        var victim = (await release.UntilReadyAsync("beat", 1, Soon))[0];
        await ScheduleAsync("killed", "webhooks");
        await UntilTickedAsync("webhooks", 2);

        await release.Kubectl.KillPodAsync(victim.Name);

        await Eventually.UntilAsync("another beat is ready", Soon, () => release.PodsAsync("beat"), pods => pods.Count == 1 && pods[0].IsReady && pods[0].Name != victim.Name);
        await UntilTickedAsync("webhooks", 3);
        await EveryTickRanOnceAsync("killed", "webhooks");
    }

    [ClusterFact]
    public async Task A_beat_without_a_database_is_not_restarted_and_catches_up_when_it_is_back()
    {
        var before = (await release.UntilReadyAsync("beat", 1, Soon))[0];
        await ScheduleAsync("without-database", "reports");
        await UntilTickedAsync("reports", 1);

        await release.Kubectl.ScaleAsync(Release.PostgreSql, 0);
        var (status, body) = await Eventually.UntilAsync(
            "readiness blames the database", Soon, () => release.Kubectl.AskAsync(before.Name, "/readyz"), answer => answer.Body.Contains("database", StringComparison.Ordinal));
        await Eventually.UntilAsync("beat is not ready", Soon, () => release.PodAsync(before.Name), pod => !pod.IsReady);
        await Eventually.HoldsAsync("beat is not restarted", LongerThanLivenessIsPatient, () => release.PodAsync(before.Name), pod => pod.Restarts == before.Restarts);
        await release.Kubectl.ScaleAsync(Release.PostgreSql, 1);
        var after = (await release.UntilReadyAsync("beat", 1, Soon))[0];

        status.Should().Be(503);
        output.WriteLine($"Readiness said: {body.Trim()}");
        (after.Name, after.Restarts).Should().Be((before.Name, before.Restarts));
        await UntilTickedAsync("reports", 2);
        await EveryTickRanOnceAsync("without-database", "reports");
    }

    [ClusterFact]
    public async Task A_hung_beat_is_restarted_and_no_tick_is_lost_or_doubled()
    {
        Skip.IfNot(release.Cluster.IsLocal, "The nodes of this cluster are not on this host.");
        var hung = (await release.UntilReadyAsync("beat", 1, Soon))[0];
        await ScheduleAsync("hung", "accounting");
        await UntilTickedAsync("accounting", 1);

        await HostContainer.Find(hung.ContainerId).SignalAsync("STOP");

        await Eventually.UntilAsync("the kubelet has restarted beat", Soon, () => release.PodAsync(hung.Name), pod => pod.Restarts > hung.Restarts && pod.IsReady);
        await UntilTickedAsync("accounting", 2);
        await EveryTickRanOnceAsync("hung", "accounting");
    }

    /// <summary>Adds a schedule of one tick in five seconds, as a person would with SQL; the policy "all" makes up for up to ten missed ticks.</summary>
    private async Task ScheduleAsync(string name, string queue) => await release.Database.ExecuteAsync($"""
        INSERT INTO taskrunner.schedules (name, every_ms, task, queue, catch_up, next_due)
        VALUES ('{name}', 5000, 'debug.echo', '{queue}', 'all', to_timestamp(ceil(extract(epoch FROM now()) / 5) * 5))
        """);

    /// <summary>Waits until a schedule has so many results more than now. The queue is the schedule's own.</summary>
    private async Task UntilTickedAsync(string queue, int more)
    {
        var known = (await release.Tasks.ResultsWhereAsync($"queue = '{queue}'")).Count;
        await Eventually.UntilAsync(
            $"{more} more ticks of queue {queue} have results", Soon, async () => (await release.Tasks.ResultsWhereAsync($"queue = '{queue}'")).Count, count => count >= known + more);
    }

    /// <summary>Stops the schedule and compares: ticks from its first to its last, results, and executions that the workers counted.</summary>
    private async Task EveryTickRanOnceAsync(string name, string queue)
    {
        await release.Database.ExecuteAsync($"UPDATE taskrunner.schedules SET enabled = false WHERE name = '{name}'");
        var ticks = Number(await release.Database.ExecuteAsync(
            $"SELECT 1 + floor(extract(epoch FROM last_due - to_timestamp(ceil(extract(epoch FROM created_at) / 5) * 5)) / 5)::int FROM taskrunner.schedules WHERE name = '{name}'"));
        var results = await Eventually.UntilAsync(
            $"each of {ticks} ticks has a result", Soon, () => release.Tasks.ResultsWhereAsync($"queue = '{queue}' AND state = 'succeeded'"), found => found.Count >= ticks);
        var executions = 0;
        foreach (var worker in await release.PodsAsync("worker"))
        {
            var (_, metrics) = await release.Kubectl.AskAsync(worker.Name, "/metrics");
            executions += Finished().Matches(metrics).Where(match => match.Groups["queue"].Value == queue).Sum(match => Number(match.Groups["count"].Value));
        }

        output.WriteLine($"{ticks} ticks, {results.Count} results, {executions} executions.");
        results.Should().HaveCount(ticks, "a tick that was lost or doubled would be missing or too many");
        executions.Should().Be(ticks, "a task that ran twice has one result but was counted twice");
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("""^taskrunner_tasks_finished_total\{[^}]*queue="(?<queue>[^"]+)"[^}]*\} (?<count>\d+)""", RegexOptions.Multiline)]
    private static partial Regex Finished();

    public sealed class Setup() : ClusterFixture(
        """
        beat:
          terminationGracePeriodSeconds: 5
          livenessProbe: { periodSeconds: 2 }
        """);
}
