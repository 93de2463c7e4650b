namespace ChartTests.Rendering;

/// <summary>Where things lie in the checkout that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Chart { get; } = Path.Combine(Root, "charts", "taskrunner");

    /// <summary>The chart's version and that of the program it installs by default.</summary>
    public static (string Chart, string App) Versions { get; } = ReadVersions();

    public static string ReadChartFile(string path) => File.ReadAllText(Path.Combine(Chart, path));

    private static (string Chart, string App) ReadVersions()
    {
        var chart = Yaml.Parse(ReadChartFile("Chart.yaml"))!;
        return (chart["version"]!.ToString(), chart["appVersion"]!.ToString());
    }

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
