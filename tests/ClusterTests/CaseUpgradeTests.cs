using ClusterTests.Cluster;
using ClusterTests.Installation;
using FluentAssertions;
using Xunit.Abstractions;

namespace ClusterTests;

/// <summary>
/// The released chart is installed, upgraded to this one while tasks run, rolled back, upgraded again, removed and reinstalled: with the
/// chart's own values, and with <c>TASKRUNNER_TEST_LONG=upgrades</c> with each case that needs no store, class or operator of somebody's
/// own. Each release has its own namespace.
/// </summary>
public sealed class CaseUpgradeTests(ITestOutputHelper output)
{
    /// <summary>
    /// An upgrade restarts Redis while workers drain. The lease and the drain outlast that on a slow host too: a worker that cannot say for
    /// so long that a task is done ends without having said it, and the task runs again, by design.
    /// </summary>
    private const string Patient = """
        config: { leaseSeconds: 60 }
        worker: { drainSeconds: 50, terminationGracePeriodSeconds: 60, readinessProbe: { failureThreshold: 3 } }
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    /// <summary>Null is no case: the chart makes its own passwords.</summary>
    private static readonly string?[] Cases = CiCases.AllAreTried
        ?
        [
            null, "default-values.yaml", "two-pools-values.yaml", "strict-priorities-values.yaml", "idle-first-values.yaml", "many-beats-values.yaml", "plain-beat-values.yaml",
            "closed-off-values.yaml", "hpa-values.yaml", InMemory,
        ]
        : [null];

    /// <summary>Its Redis forgets when it starts again, as its first line says.</summary>
    private const string InMemory = "minimal-resources-values.yaml";

    [ClusterFact]
    public async Task Each_case_is_upgraded_rolled_back_removed_and_reinstalled_without_the_loss_of_a_task()
    {
        foreach (var file in Cases)
        {
            await using var release = await Release.CreateAsync(TestCluster.Current, typeof(CaseUpgradeTests), Patient, ReleaseSize.Small);
            try
            {
                await FollowAsync(release, file);
            }
            catch
            {
                await Diagnostics.WriteAsync(release, $"{nameof(CaseUpgradeTests)} {file}");
                throw;
            }
        }
    }

    private async Task FollowAsync(Release release, string? file)
    {
        var empty = await Eventually.UntilAsync(
            "the namespace has its account",
            Soon,
            release.ObjectsAsync,
            objects => objects.Any(name => name.StartsWith("Secret/", StringComparison.Ordinal) || name.StartsWith("ConfigMap/", StringComparison.Ordinal)));
        var isKnown = await InstallReleasedAsync(release, file);
        var first = await release.Tasks.UntilSucceededAsync(await release.Tasks.EnqueueAsync("debug.echo"), Soon);
        var kept = await KeptAsync(release);

        if (file is null)
        {
            await ShouldNotLeaveDataBehindAsync(release);
        }

        await WhileTasksRunAsync(release, file, () => UpgradeAsync(release, file));
        await WhileTasksRunAsync(release, file, () => release.Helm.RollbackAsync(1));
        await WhileTasksRunAsync(release, file, () => UpgradeAsync(release, file));
        (await release.Helm.TestAsync()).Should().Contain("Phase:          Succeeded", "{0} is a case", file);

        (await KeptAsync(release)).Should().Equal(kept);
        if (file != InMemory)
        {
            (await release.Tasks.ResultsAsync([first[0].TaskId])).Should().ContainSingle("the database stays");
        }

        await release.Helm.UninstallAsync();
        await Eventually.UntilAsync(
            "nothing but data and its password is left", Soon, release.ObjectsAsync, objects => !objects.Except(empty).Any(IsToGo));

        await UpgradeAsync(release, file);
        await release.UntilReadyAsync();
        (await KeptAsync(release)).Should().Equal(kept);
        if (file != InMemory)
        {
            (await release.Tasks.ResultsAsync([first[0].TaskId])).Should().ContainSingle("a new release finds the data")
                .Which.State.Should().Be("succeeded");
        }

        await release.Tasks.UntilSucceededAsync(await release.Tasks.EnqueueAsync("debug.echo"), Soon);
        var unknown = isKnown ? "" : "the released chart does not know its values; ";
        output.WriteLine($"{file ?? "the chart's own values"}: {unknown}upgraded, rolled back, upgraded, removed, reinstalled.");
    }

    /// <summary>An upgrade from the released chart that cannot be meant is refused with what to do.</summary>
    private static async Task ShouldNotLeaveDataBehindAsync(Release release)
    {
        var renamed = await FluentActions.Awaiting(() => release.UpgradeWithoutWaitingAsync("fullnameOverride=other"))
            .Should().ThrowAsync<CliException>();
        renamed.Which.Message.Should().Contain("would be left behind").And.Contain($"set fullnameOverride to \"{Release.FullName}\"");

        var switchedOff = await FluentActions
            .Awaiting(() => release.UpgradeWithoutWaitingAsync("redis.enabled=false", "broker.host=elsewhere"))
            .Should().ThrowAsync<CliException>();
        switchedOff.Which.Message.Should().Contain("redis.enabled is false, but this release keeps data");
    }

    /// <summary>Whether the released chart knows the values of a case; otherwise it is installed with the passwords of the case alone.</summary>
    private static async Task<bool> InstallReleasedAsync(Release release, string? file)
    {
        var isKnown = true;
        try
        {
            await UpgradeAsync(release, file, Repository.ReleasedChart);
        }
        catch (CliException e) when (e.Message.Contains("don't meet the specifications", StringComparison.Ordinal))
        {
            isKnown = false;
            await UpgradeAsync(release, "default-values.yaml", Repository.ReleasedChart);
        }

        await release.UntilReadyAsync();
        return isKnown;
    }

    private static Task UpgradeAsync(Release release, string? file, string? chart = null) =>
        release.Helm.UpgradeAsync([Release.Small, .. file is null ? Array.Empty<string>() : [CiCases.Path(file)]], Patient, [], wait: true, chart);

    private static async Task WhileTasksRunAsync(Release release, string? file, Func<Task> change)
    {
        var ids = file == InMemory ? [] : await release.Tasks.EnqueueSleepsAsync(TimeSpan.FromSeconds(1), count: 60);
        await change();
        await release.UntilReadyAsync();

        var results = await release.Tasks.UntilSucceededAsync([.. ids, .. await release.Tasks.EnqueueAsync("debug.echo")], Soon);
        results.Should().OnlyContain(
            result => result.Attempts == 1 && result.Redeliveries == 0, "workers drain, they do not die, in \"{0}\"", file);
    }

    /// <summary>The passwords and the claims of a release.</summary>
    private static async Task<IReadOnlyList<string>> KeptAsync(Release release) =>
    [
        await Secrets.FingerprintAsync(release.Kubectl, Release.Credentials),
        .. (await release.Kubectl.ListAsync("persistentvolumeclaims")).Select(claim => claim.Text("metadata.uid")).Order(StringComparer.Ordinal),
    ];

    // Helm removes no pod of a test with its release.
    private static bool IsToGo(string name) =>
        !name.StartsWith("PersistentVolumeClaim/", StringComparison.Ordinal) && name != $"Secret/{Release.Credentials}" && name != $"Pod/{Release.FullName}-test";
}
