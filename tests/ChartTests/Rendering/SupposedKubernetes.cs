namespace ChartTests.Rendering;

/// <summary>The version of Kubernetes that helm supposes where nobody tells it one; each version of helm supposes another.</summary>
internal static class SupposedKubernetes
{
    private static readonly Lazy<string> Told =
        new(() => Yaml.Parse(OneTemplate.Render("version: {{ .Capabilities.KubeVersion.Version }}"))!["version"]!.ToString());

    /// <summary>What <see cref="HelmCli.Program"/> supposes.</summary>
    public static string Version => Told.Value;
}
