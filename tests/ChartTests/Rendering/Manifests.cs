using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace ChartTests.Rendering;

/// <summary>All objects that a set of values renders.</summary>
public sealed class Manifests : IReadOnlyList<Manifest>
{
    private readonly List<Manifest> items;

    public Manifests(string text)
        : this(text, [.. Yaml.ParseAll(text).Select(node => new Manifest(node.AsObject()))])
    {
    }

    private Manifests(string text, List<Manifest> items)
    {
        Rendered = text;
        this.items = items;
    }

    /// <summary>The bytes that helm wrote.</summary>
    public string Rendered { get; }

    public int Count => items.Count;

    public Manifest this[int index] => items[index];

    /// <summary>The objects of <paramref name="text"/>, each of which every vendored schema takes that is not older than Kubernetes <paramref name="kubernetes"/>.</summary>
    /// <exception cref="SchemaException">One is wrong.</exception>
    public static Manifests Validated(string text, string? kubernetes = null) => new(text, [.. ValidatedObjects.Read(text, kubernetes)]);

    /// <summary>All objects of a kind.</summary>
    public IEnumerable<Manifest> All(string kind) => items.Where(manifest => manifest.Kind == kind);

    /// <summary>All objects that make a pod.</summary>
    public IEnumerable<Manifest> Workloads => items.Where(manifest => manifest.Pod is not null);

    /// <summary>The only object of this kind, component, pool and end of name, as far as they are given.</summary>
    /// <exception cref="InvalidOperationException">There is none, or more than one; the message lists what is there.</exception>
    [SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "It does what LINQ's Single does.")]
    public Manifest Single(string kind, string? component = null, string? pool = null, string? name = null)
    {
        var found = Find(kind, component, pool, name);
        return found.Count == 1
            ? found[0]
            : throw new InvalidOperationException(
                $"{found.Count} objects are {kind} {component} {pool} {name}; there are {string.Join(", ", items)}.");
    }

    /// <summary>Whether an object of this kind, component, pool and end of name is there.</summary>
    public bool Has(string kind, string? component = null, string? pool = null, string? name = null) => Find(kind, component, pool, name).Count > 0;

    public IEnumerator<Manifest> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<Manifest> Find(string kind, string? component, string? pool, string? name) => [.. items.Where(manifest =>
        manifest.Kind == kind
        && (component is null || manifest.Component == component)
        && (pool is null || manifest.Pool == pool)
        && (name is null || manifest.Name.EndsWith(name, StringComparison.Ordinal)))];
}
