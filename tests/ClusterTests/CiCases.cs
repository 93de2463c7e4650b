using ClusterTests.Cluster;

namespace ClusterTests;

/// <summary>The cases in the chart's <c>ci</c> folder.</summary>
internal static class CiCases
{
    private static readonly string Folder = System.IO.Path.Combine(Repository.Chart, "ci");

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder).Select(file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal);

    public static string Path(string name) => System.IO.Path.Combine(Folder, name);
}
