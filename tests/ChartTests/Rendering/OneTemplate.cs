namespace ChartTests.Rendering;

/// <summary>A chart of one template, by which helm is asked what it gives.</summary>
internal static class OneTemplate
{
    private const string Nothing = "{ apiVersion: v2, name: ask, version: 0.0.0 }";

    /// <summary>What helm renders of a template.</summary>
    /// <param name="chart">Text of the chart's Chart.yaml; null for one that takes any cluster.</param>
    /// <exception cref="HelmException">Helm refuses it.</exception>
    public static string Render(string template, string? chart = null, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("chart-tests-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "templates"));
            File.WriteAllText(Path.Combine(folder, "Chart.yaml"), chart ?? Nothing);
            File.WriteAllText(Path.Combine(folder, "templates", "answers.yaml"), template);
            return HelmCli.Run(string.Empty, ["template", "ask", folder, .. arguments]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
