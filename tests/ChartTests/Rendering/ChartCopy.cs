namespace ChartTests.Rendering;

/// <summary>Copies of the chart that a test may change.</summary>
internal static class ChartCopy
{
    /// <summary>Copies the chart to a temporary folder and lets <paramref name="change"/> change it; the path of the copy.</summary>
    public static string Make(Action<string> change)
    {
        var target = Path.Combine(Directory.CreateTempSubdirectory("chart-tests-").FullName, "taskrunner");
        foreach (var file in Directory.EnumerateFiles(Repository.Chart, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(Repository.Chart, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        change(target);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path.GetDirectoryName(target)!, recursive: true);
        return target;
    }

    /// <summary>Replaces a text in a file of a copy; the text must be there.</summary>
    public static void Replace(string folder, string file, string text, string replacement)
    {
        var path = Path.Combine(folder, file);
        var content = File.ReadAllText(path);
        if (!content.Contains(text, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{file} does not hold `{text}`.");
        }

        File.WriteAllText(path, content.Replace(text, replacement, StringComparison.Ordinal));
    }
}
