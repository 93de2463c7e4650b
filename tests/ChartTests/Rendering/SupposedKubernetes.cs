namespace ChartTests.Rendering;

/// <summary>The version of Kubernetes that helm supposes where nobody tells it one; each version of helm supposes another.</summary>
internal static class SupposedKubernetes
{
    private static readonly Lazy<string> Told = new(Ask);

    /// <summary>What <see cref="HelmCli.Program"/> supposes.</summary>
    public static string Version => Told.Value;

    private static string Ask()
    {
        var folder = Directory.CreateTempSubdirectory("chart-tests-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "Chart.yaml"), "{ apiVersion: v2, name: ask, version: 0.0.0 }");
            Directory.CreateDirectory(Path.Combine(folder, "templates"));
            File.WriteAllText(Path.Combine(folder, "templates", "answer.yaml"), "version: {{ .Capabilities.KubeVersion.Version }}");
            return Yaml.Parse(HelmCli.Run(string.Empty, "template", "ask", folder))!["version"]!.ToString();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
