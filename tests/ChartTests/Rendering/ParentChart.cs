namespace ChartTests.Rendering;

/// <summary>A chart that has this one as its dependency, once or more often under other names. Helm packs it from its folder; no network is asked.</summary>
internal sealed class ParentChart : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("chart-tests-").FullName;

    public ParentChart(params string[] aliases)
    {
        var dependencies = (aliases.Length == 0 ? ["taskrunner"] : aliases).Select(alias => $$"""
              - name: taskrunner
                alias: {{alias}}
                version: {{Repository.Versions.Chart}}
                repository: file://{{Repository.Chart}}
                condition: {{alias}}.enabled
            """);
        File.WriteAllText(
            Path.Combine(folder, "Chart.yaml"),
            $"apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n{string.Join('\n', dependencies)}\n");
        // Without this, helm looks into the caches of the user.
        Dictionary<string, string> environment = new() { ["HELM_REPOSITORY_CONFIG"] = Path.Combine(folder, "repositories.yaml") };
        HelmCli.Run(string.Empty, environment, "dependency", "update", folder);
    }

    /// <summary>What <c>helm template shop</c> gives for values of the parent, each object validated.</summary>
    /// <exception cref="HelmException">Helm refuses the values.</exception>
    /// <exception cref="SchemaException">An object is not what Kubernetes takes.</exception>
    public Manifests Render(string values, string release = "shop") =>
        Manifests.Validated(HelmCli.Run(values, "template", release, folder, "--namespace", "tasks", "--values", "-"));

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
