using System.Collections.Concurrent;

namespace ChartTests.Rendering;

/// <summary>How to render, beside the values.</summary>
/// <param name="Release">Name of the release.</param>
/// <param name="Namespace">Namespace of the release.</param>
/// <param name="KubeVersion">Version of Kubernetes that the chart sees; helm's own default when null.</param>
/// <param name="CiCase">File name of a case in the chart's <c>ci</c> folder that lies under the values.</param>
public sealed record RenderOptions(string Release = "demo", string Namespace = "tasks", string? KubeVersion = null, string? CiCase = null);

/// <summary>Renders the chart with the real helm. Whatever it renders is validated, so that no test can pass on a wrong object.</summary>
public static class Chart
{
    /// <summary>Passwords, so that a render does not depend on chance.</summary>
    private const string Passwords = """
        redis: { password: redis-secret-value }
        postgresql: { password: postgresql-secret-value }
        """;

    private static readonly ConcurrentDictionary<(string, RenderOptions), Lazy<Manifests>> Rendered = new();

    /// <summary>The objects that <paramref name="values"/> (YAML) give, validated against every vendored schema.</summary>
    /// <exception cref="HelmException">Helm refused the values.</exception>
    /// <exception cref="SchemaException">An object is not what Kubernetes takes.</exception>
    public static Manifests Render(string values = "", RenderOptions? options = null) =>
        Rendered.GetOrAdd((values, options ?? new()), key => new(() => Validated(RenderText(key.Item1, key.Item2)))).Value;

    /// <summary>The message with which helm refuses <paramref name="values"/>.</summary>
    /// <exception cref="InvalidOperationException">Helm takes them.</exception>
    public static string Refusal(string values, RenderOptions? options = null)
    {
        try
        {
            _ = RenderText(values, options ?? new());
        }
        catch (HelmException refusal)
        {
            return refusal.Output;
        }

        throw new InvalidOperationException($"Helm takes these values: {values}");
    }

    /// <summary>What helm writes, not cached and not validated.</summary>
    public static string RenderText(string values, RenderOptions options, string? chart = null)
    {
        List<string> arguments = ["template", options.Release, chart ?? Repository.Chart, "--namespace", options.Namespace];
        if (options.KubeVersion is not null)
        {
            arguments.AddRange(["--kube-version", options.KubeVersion]);
        }

        if (options.CiCase is not null)
        {
            arguments.AddRange(["--values", CiCases.Path(options.CiCase)]);
        }

        // A case brings its own passwords, or none on purpose.
        var defaults = options.CiCase is null ? Passwords : string.Empty;
        var file = TemporaryFile(defaults);
        try
        {
            return HelmCli.Run(values, [.. arguments, "--values", file, "--values", "-"]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string TemporaryFile(string content)
    {
        var path = Path.Combine(Path.GetTempPath(), $"chart-tests-{Guid.NewGuid():N}.yaml");
        File.WriteAllText(path, content);
        return path;
    }

    private static Manifests Validated(string text)
    {
        var manifests = new Manifests(text);
        KubernetesSchemas.Validate(manifests);
        return manifests;
    }
}
