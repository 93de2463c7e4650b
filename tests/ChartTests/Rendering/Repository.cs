namespace ChartTests.Rendering;

/// <summary>Where things lie in the checkout that these tests were built from.</summary>
internal static class Repository
{
    private static readonly AsyncLocal<ChartFolder?> Changed = new();

    public static string Root { get; } = FindRoot();

    private static ChartFolder Own { get; } = new(Environment.GetEnvironmentVariable("TASKRUNNER_CHART") is { Length: > 0 } named
        ? Path.GetFullPath(named)
        : Path.Combine(Root, "charts", "taskrunner"));

    /// <summary>The chart under test: this repository's, the one that the variable TASKRUNNER_CHART names, or one that a mutant changed.</summary>
    public static ChartFolder ChartFolder => Changed.Value ?? Own;

    public static string Chart => ChartFolder.Path;

    /// <summary>Tests that this flow of control runs from now on see another chart; null ends it.</summary>
    public static void Use(ChartFolder? chart) => Changed.Value = chart;

    /// <summary>The chart's version and that of the program it installs by default.</summary>
    public static (string Chart, string App) Versions { get; } = ReadVersions();

    public static string ReadChartFile(string path) => File.ReadAllText(Path.Combine(Chart, path));

    /// <summary>A program that <c>tools/install</c> links in <c>.cache/bin</c>.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static string Tool(string name)
    {
        var path = Path.Combine(Root, ".cache", "bin", name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"There is no {name}: run `tools/install chart`.");
    }

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
