namespace ClusterTests.Cluster;

/// <summary>The programs that the tests call: named by a variable, linked by <c>make tools</c>, or on PATH.</summary>
internal static class Programs
{
    public static string Helm { get; } = Find("HELM", "helm");

    public static string Kubectl { get; } = Find("KUBECTL", "kubectl");

    // A program that is missing is told by the call that needs it, with the name that was looked for.
    private static string Find(string variable, string name)
    {
        var linked = Path.Combine(Repository.Root, ".cache", "bin", name);
        return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named ? named
            : File.Exists(linked) ? linked
            : name;
    }
}
