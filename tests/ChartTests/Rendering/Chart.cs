namespace ChartTests.Rendering;

/// <summary>Renders the chart with the real helm. Whatever it renders is validated, so that no test can pass on a wrong object.</summary>
public static class Chart
{
    /// <summary>The objects that <paramref name="values"/> (YAML) give, validated against every vendored schema.</summary>
    /// <exception cref="HelmException">Helm refused the values.</exception>
    /// <exception cref="SchemaException">An object is not what Kubernetes takes.</exception>
    public static Manifests Render(string values = "", RenderOptions? options = null) => Folder.Render(new(values, options ?? new()));

    /// <summary>Renders many sets of values together. Only a hint: each is then there when it is asked for.</summary>
    public static void Prepare(IEnumerable<string> values, RenderOptions? options = null) =>
        Folder.Prepare([.. values.Select(text => new RenderRequest(text, options ?? new()))]);

    /// <inheritdoc cref="Prepare(IEnumerable{string}, RenderOptions?)"/>
    public static void Prepare(IReadOnlyCollection<RenderRequest> requests) => Folder.Prepare(requests);

    /// <inheritdoc cref="Render(string, RenderOptions?)"/>
    public static Manifests Render(RenderRequest request) => Folder.Render(request);

    /// <summary>What helm tells the user after an installation with <paramref name="values"/>.</summary>
    public static string Notes(string values = "", RenderOptions? options = null) => Folder.Files(new(values, options ?? new())).Notes;

    /// <summary>The message with which helm refuses <paramref name="values"/>.</summary>
    /// <exception cref="InvalidOperationException">Helm takes them.</exception>
    public static string Refusal(string values, RenderOptions? options = null) => Folder.Refusal(new(values, options ?? new()))
        ?? throw new InvalidOperationException($"Helm takes these values: {values}");

    /// <summary>What <c>helm template</c> writes when a user calls it, not cached and not validated.</summary>
    public static string RenderText(string values, RenderOptions options, string? chart = null) =>
        HelmTemplate.Run(chart ?? Repository.Chart, new(values, options));

    /// <summary>As <see cref="RenderText"/>, run once for the same values.</summary>
    public static string RenderedAlone(string values, RenderOptions options) => Folder.Alone(new(values, options));

    private static ChartFolder Folder => Repository.ChartFolder;
}
