using System.Collections.Concurrent;
using ChartTests.Rendering;

namespace ChartTests.Upgrade;

/// <summary>The chart as it was released last, as a package.</summary>
internal static class ReleasedChart
{
    private static readonly ConcurrentDictionary<RenderRequest, Lazy<Manifests?>> Rendered = new();

    public static string Package { get; } =
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "ChartTests", "Released"), "taskrunner-*.tgz").Order(StringComparer.Ordinal).Last();

    /// <summary>What it renders; null when it refuses the values, because they are newer than it.</summary>
    public static Manifests? TryRender(RenderRequest request) => Rendered.GetOrAdd(request, key => new(() => Render(key))).Value;

    private static Manifests? Render(RenderRequest request)
    {
        try
        {
            return new Manifests(HelmTemplate.Run(Package, request));
        }
        catch (HelmException)
        {
            return null;
        }
    }
}
