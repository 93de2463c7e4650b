namespace ClusterTests.Cluster;

/// <summary>Where things lie in the checkout that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Chart { get; } = Path.Combine(Root, "charts", "taskrunner");

    /// <summary>The package of the chart that was released last.</summary>
    public static string ReleasedChart { get; } =
        Directory.EnumerateFiles(Path.Combine(Root, "tests", "ChartTests", "Released"), "taskrunner-*.tgz").Order(StringComparer.Ordinal).Last();

    public static string LocalValues { get; } = Path.Combine(Root, "cluster", "local-values.yaml");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TaskRunner.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName
            ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds TaskRunner.slnx.");
    }
}
