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
    public Task UpgradeAsync(IReadOnlyList<string> files, string values, IReadOnlyList<string> settings, bool wait) =>
        cli.RunAsync(
            [
                "upgrade", "--install", release, Repository.Chart, "--namespace", inNamespace,
                .. files.Prepend(cluster.Values).Append("-").SelectMany(file => new[] { "--values", file }),
                .. settings.SelectMany(setting => new[] { "--set", setting }),
                .. wait ? (IReadOnlyList<string>)["--wait", "--timeout=4m"] : [],
            ],
            values,
            Longest);

    public Task UninstallAsync() => cli.RunAsync(["uninstall", release, "--namespace", inNamespace], within: Longest);

    /// <summary>Runs the chart's test and returns what its pod printed.</summary>
    public Task<string> TestAsync() => cli.RunAsync(["test", release, "--namespace", inNamespace, "--logs", "--timeout=3m"], within: Longest);
}
