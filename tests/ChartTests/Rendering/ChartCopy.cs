namespace ChartTests.Rendering;

/// <summary>Copies of the chart that a test may change.</summary>
internal static class ChartCopy
{
    /// <summary>Copies the chart to a temporary folder and lets <paramref name="change"/> change it; the path of the copy.</summary>
    public static string Make(Action<string> change) => Make(Repository.Chart, change);

    /// <summary>The same for another chart.</summary>
    public static string Make(string chart, Action<string> change)
    {
        var target = Path.Combine(Directory.CreateTempSubdirectory("chart-tests-").FullName, "taskrunner");
        foreach (var file in Directory.EnumerateFiles(chart, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(chart, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        change(target);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(Path.GetDirectoryName(target)))
            {
                Directory.Delete(Path.GetDirectoryName(target)!, recursive: true);
            }
        };
        return target;
    }

    /// <summary>A copy of another version that is otherwise the same.</summary>
    public static string MakeNewer(string version = "999.0.0") => Make(folder =>
    {
        var path = Path.Combine(folder, "Chart.yaml");
        File.WriteAllText(path, File.ReadAllText(path).Replace(
            $"\nversion: {Repository.Versions.Chart}\n", $"\nversion: {version}\n", StringComparison.Ordinal));
    });
}
