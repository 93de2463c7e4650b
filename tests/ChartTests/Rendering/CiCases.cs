using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Xunit;

namespace ChartTests.Rendering;

/// <summary>The cases in the chart's <c>ci</c> folder, each rendered once.</summary>
internal static class CiCases
{
    private static readonly ConcurrentDictionary<string, JsonObject> Read = new();

    private static readonly string Folder = System.IO.Path.Combine(Repository.Chart, "ci");

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateFiles(Folder).Select(file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    /// <summary>For a theory over all cases.</summary>
    public static TheoryData<string> All => [.. Names];

    /// <summary>The values of a case, read once; not for changing.</summary>
    public static JsonObject Values(string name) => Read.GetOrAdd(Path(name), path => Yaml.Parse(File.ReadAllText(path)) as JsonObject ?? []);

    public static string Path(string name) => System.IO.Path.Combine(Folder, name);

    public static Manifests Render(string name) => Chart.Render(options: new RenderOptions(CiCase: name));
}
