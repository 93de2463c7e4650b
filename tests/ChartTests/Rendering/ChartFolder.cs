using System.Collections.Concurrent;

namespace ChartTests.Rendering;

/// <summary>A chart on disk, with everything that was rendered from it.</summary>
internal sealed class ChartFolder
{
    private readonly ConcurrentDictionary<RenderRequest, Lazy<Func<RenderedFiles>>> rendered = new();
    private readonly ConcurrentDictionary<RenderRequest, Lazy<Manifests>> manifests = new();
    private readonly ConcurrentDictionary<RenderRequest, Lazy<string?>> refusals = new();
    private readonly ConcurrentDictionary<RenderRequest, Lazy<string>> alone = new();
    private readonly Lock preparing = new();
    private readonly Lazy<BatchRenderer> renderer;
    private readonly Lazy<RenderQueue> queue;
    private readonly LikeVersions versions;

    public ChartFolder(string path)
    {
        Path = path;
        versions = new(path);
        renderer = new(() => new BatchRenderer(path));
        queue = new(() => new RenderQueue(renderer.Value));
    }

    public string Path { get; }

    /// <summary>Whether <see cref="Prepare"/> does anything; not where somebody else says what is rendered when.</summary>
    public bool TakesHints { get; init; } = true;

    /// <summary>Is told of every set of values that is wanted.</summary>
    public Action<RenderRequest>? Asked { get; init; }

    /// <summary>Is told of every set of values whose refusal is wanted.</summary>
    public Action<RenderRequest>? AskedForRefusal { get; init; }

    /// <exception cref="HelmException">Helm refused the values.</exception>
    /// <exception cref="SchemaException">An object is not what Kubernetes takes.</exception>
    public Manifests Render(RenderRequest request)
    {
        Asked?.Invoke(request);
        return manifests.GetOrAdd(request, key => new(() => Manifests.Validated(Files(key).Objects, key.Options.KubeVersion))).Value;
    }

    /// <summary>What the template files give; helm renders each request once.</summary>
    /// <exception cref="HelmException">Helm refused the values.</exception>
    public RenderedFiles Files(RenderRequest request)
    {
        Asked?.Invoke(request);
        return Outcome(request);
    }

    private RenderedFiles Outcome(RenderRequest request) =>
        rendered.GetOrAdd(Shared(request), key => new(() => queue.Value.RenderAll([key])[0])).Value();

    /// <summary>The request for the version of Kubernetes that stands for that of <paramref name="request"/>.</summary>
    private RenderRequest Shared(RenderRequest request) =>
        request.Options.KubeVersion is { } version && !request.Files.Any(text => text.Contains("Capabilities", StringComparison.Ordinal))
            ? request with { Options = request.Options with { KubeVersion = versions.Of(version) } }
            : request;

    /// <summary>Renders many requests together, so that each is there when it is asked for.</summary>
    public void Prepare(IReadOnlyCollection<RenderRequest> requests)
    {
        if (TakesHints)
        {
            PrepareAll(requests);
        }
    }

    /// <inheritdoc cref="Prepare"/>
    public void PrepareAll(IReadOnlyCollection<RenderRequest> requests)
    {
        // Two who want the same at the same time are served by one batch.
        lock (preparing)
        {
            var missing = requests.Select(Shared).Distinct().Where(request => !rendered.ContainsKey(request)).ToList();
            foreach (var (request, outcome) in missing.Zip(queue.Value.RenderAll(missing)))
            {
                rendered.TryAdd(request, new(() => outcome));
            }
        }
    }

    /// <summary>What <c>helm template</c> writes for one request.</summary>
    /// <exception cref="HelmException">Helm refuses the values.</exception>
    public string Alone(RenderRequest request) => alone.GetOrAdd(request, key => new(() => HelmTemplate.Run(Path, key))).Value;

    /// <summary>The message with which helm refuses the values; null when it takes them.</summary>
    public string? Refusal(RenderRequest request)
    {
        AskedForRefusal?.Invoke(request);
        return refusals.GetOrAdd(request, key => new(() => RefusalOfTemplates(key) ?? HelmTemplate.Refusal(Path, key))).Value;
    }

    /// <summary>What the templates say when they refuse the values in a batch; null when they do not, or are not even asked.</summary>
    private string? RefusalOfTemplates(RenderRequest request)
    {
        try
        {
            _ = Outcome(request);
            return null;
        }
        catch (HelmException e) when (e.IsOfTemplates)
        {
            return e.Output;
        }
        catch (HelmException)
        {
            return null;
        }
    }

    /// <summary>Deletes it, and what it was copied to.</summary>
    public void Delete()
    {
        Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
        if (renderer.IsValueCreated)
        {
            renderer.Value.Delete();
        }
    }
}
