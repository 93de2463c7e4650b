using System.Collections.Concurrent;

namespace ChartTests.Rendering;

/// <summary>A chart on disk, with everything that was rendered from it.</summary>
internal sealed class ChartFolder(string path)
{
    private readonly ConcurrentDictionary<RenderRequest, Lazy<Func<RenderedFiles>>> rendered = new();
    private readonly ConcurrentDictionary<RenderRequest, Lazy<Manifests>> manifests = new();
    private readonly ConcurrentDictionary<RenderRequest, Lazy<string?>> refusals = new();
    private readonly Lazy<RenderQueue> queue = new(() => new RenderQueue(new BatchRenderer(path)));

    public string Path { get; } = path;

    /// <summary>Every set of values that was rendered so far, refused ones too.</summary>
    public IEnumerable<RenderRequest> Requests => rendered.Keys;

    /// <exception cref="HelmException">Helm refused the values.</exception>
    /// <exception cref="SchemaException">An object is not what Kubernetes takes.</exception>
    public Manifests Render(RenderRequest request) =>
        manifests.GetOrAdd(request, key => new(() => Manifests.Validated(Files(key).Objects, key.Options.KubeVersion))).Value;

    /// <summary>What the template files give; helm renders each request once.</summary>
    /// <exception cref="HelmException">Helm refused the values.</exception>
    public RenderedFiles Files(RenderRequest request) =>
        rendered.GetOrAdd(request, key => new(() => queue.Value.RenderAll([key])[0])).Value();

    /// <summary>Renders many requests together, so that each is there when it is asked for.</summary>
    public void Prepare(IReadOnlyCollection<RenderRequest> requests)
    {
        var missing = requests.Where(request => !rendered.ContainsKey(request)).Distinct().ToList();
        foreach (var (request, outcome) in missing.Zip(queue.Value.RenderAll(missing)))
        {
            rendered.TryAdd(request, new(() => outcome));
        }
    }

    /// <summary>The message with which helm refuses the values; null when it takes them.</summary>
    public string? Refusal(RenderRequest request) => refusals.GetOrAdd(request, key => new(() => HelmTemplate.Refusal(Path, key))).Value;
}
