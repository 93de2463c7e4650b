namespace ChartTests.Rendering;

/// <summary>Every Helm that the chart must work with the same; <c>tools/install chart</c> links them in <c>.cache/bin</c>.</summary>
internal static class HelmVersions
{
    /// <summary>The one that tests render single sets of values with unless the user has another.</summary>
    public const string Oldest = "3.10.1";

    /// <summary>The one that needs the least time for many sets of values.</summary>
    public const string Quickest = "3.17.0";

    /// <summary>What each is told that the cluster has: without a cluster each Helm supposes another version.</summary>
    public const string Kubernetes = "1.33.0";

    public static IReadOnlyList<string> All { get; } = [Oldest, Quickest, "4.1.4"];

    /// <summary>The program of a version.</summary>
    /// <exception cref="FileNotFoundException">It is not installed.</exception>
    public static string Program(string version) => Repository.Tool($"helm-{version}");
}
