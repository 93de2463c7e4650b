using System.Globalization;
using System.Text.Json.Nodes;

namespace ClusterTests.Cluster;

/// <summary>helm, for one release in one namespace.</summary>
internal sealed class Helm(TestCluster cluster, string inNamespace, string release)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Cli cli = new(Programs.Helm, cluster.Environment);

    /// <summary>Installs the chart, or brings the release to these values.</summary>
    /// <param name="files">Values files; each lies over those before it, and the first over those of the cluster's images.</param>
    /// <param name="values">Values as YAML, over the files.</param>
    /// <param name="settings">Single values as <c>key=value</c>, over all.</param>
    /// <param name="wait">Whether to return only when everything is ready.</param>
    /// <param name="chart">Another chart than this repository's: a folder or a package.</param>
    public Task UpgradeAsync(IReadOnlyList<string> files, string values, IReadOnlyList<string> settings, bool wait, string? chart = null) =>
        cli.RunAsync(
            [
                "upgrade", "--install", release, chart ?? Repository.Chart, "--namespace", inNamespace,
                .. files.Prepend(cluster.Values).Append("-").SelectMany(file => new[] { "--values", file }),
                .. settings.SelectMany(setting => new[] { "--set", setting }),
                .. wait ? (IReadOnlyList<string>)["--wait", "--timeout=4m"] : [],
            ],
            values,
            Longest);

    /// <summary>Goes back to a revision and waits until everything is ready.</summary>
    public Task RollbackAsync(int revision) =>
        cli.RunAsync(["rollback", release, revision.ToString(CultureInfo.InvariantCulture), "--namespace", inNamespace, "--wait", "--timeout=4m"], within: Longest);

    /// <summary>The revision to go back to when the last upgrade failed: the one before it.</summary>
    public async Task<int> BeforeLastAsync() =>
        JsonNode.Parse(await cli.RunAsync(["history", release, "--namespace", inNamespace, "--output=json"]))!.AsArray()[^1]!["revision"]!.GetValue<int>() - 1;

    /// <summary>
    /// The objects that a file of values gives on Kubernetes <paramref name="version"/>, as YAML; the test's pod, which wants its account to exist, is
    /// not among them. The cluster is not asked.
    /// </summary>
    public Task<string> TemplateAsync(string file, string version) => cli.RunAsync(
        [
            "template", release, Repository.Chart, "--namespace", inNamespace, "--set", $"namespaceOverride={inNamespace}", "--skip-tests",
            "--kube-version", version, "--values", file,
        ],
        within: Longest);

    public Task UninstallAsync() => cli.RunAsync(["uninstall", release, "--namespace", inNamespace], within: Longest);

    /// <summary>Runs the chart's test and returns what its pod printed.</summary>
    public Task<string> TestAsync() => cli.RunAsync(["test", release, "--namespace", inNamespace, "--logs", "--timeout=3m"], within: Longest);
}
