using ClusterTests.Cluster;

namespace ClusterTests;

/// <summary>The cases in the chart's <c>ci</c> folder.</summary>
internal static class CiCases
{
    private static readonly string Folder = System.IO.Path.Combine(Repository.Chart, "ci");

    /// <summary>Whether <c>TASKRUNNER_TEST_LONG=upgrades</c> asks for all cases.</summary>
    public static bool AllAreTried { get; } =
        (Environment.GetEnvironmentVariable("TASKRUNNER_TEST_LONG") ?? "").Split(',').Contains("upgrades", StringComparer.Ordinal);

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder).Select(file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal);

    public static string Path(string name) => System.IO.Path.Combine(Folder, name);
}
