namespace ClusterTests.Cluster;

/// <summary>The cluster that all tests of this run share.</summary>
internal sealed class TestCluster
{
    private const string LocalKubeconfig = "/var/lib/taskrunner-cluster/admin.kubeconfig";
    private const string ValuesVariable = "TASKRUNNER_TEST_VALUES";

    private static readonly Lazy<(TestCluster? Cluster, string? Absence)> Found = new(Find);

    private TestCluster(string kubeconfig, string values)
    {
        Values = values;
        IsLocal = kubeconfig == LocalKubeconfig;
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["KUBECONFIG"] = kubeconfig };
        if (IsLocal)
        {
            // The local cluster is on this host; the user's proxy knows no way to it.
            Environment["NO_PROXY"] = "*";
            Environment["no_proxy"] = "*";
        }
    }

    /// <summary>Why there is no cluster to test on, one sentence; null when there is one.</summary>
    public static string? Absence => Found.Value.Absence;

    /// <summary>The cluster.</summary>
    /// <exception cref="InvalidOperationException">There is none, see <see cref="Absence"/>.</exception>
    public static TestCluster Current => Found.Value.Cluster ?? throw new InvalidOperationException(Absence);

    /// <summary>Whether its nodes run on this host, so that their containers are processes which a test can look into.</summary>
    public bool IsLocal { get; }

    /// <summary>Values file with images that the cluster's nodes can run.</summary>
    public string Values { get; }

    /// <summary>Variables for every program that talks to the cluster.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <summary>kubectl, for this cluster.</summary>
    public Cli Kubectl => new(Programs.Kubectl, Environment);

    private static (TestCluster?, string?) Find()
    {
        var named = System.Environment.GetEnvironmentVariable("KUBECONFIG");
        var kubeconfig = named is { Length: > 0 } ? named : LocalKubeconfig;
        if (!File.Exists(kubeconfig))
        {
            return (null, named is { Length: > 0 } ? $"KUBECONFIG names {named}, which does not exist." : "There is no cluster: run `make cluster-up`, or set KUBECONFIG.");
        }

        var values = System.Environment.GetEnvironmentVariable(ValuesVariable) is { Length: > 0 } given ? given
            : kubeconfig == LocalKubeconfig ? Repository.LocalValues
            : null;
        if (values is null)
        {
            return (null, $"KUBECONFIG names a cluster of yours: set {ValuesVariable} to a values file with an image that it can pull.");
        }

        var cluster = new TestCluster(kubeconfig, values);
        try
        {
            // Attributes are made without a caller that could await. No thread that is needed here waits for this one.
            Task.Run(() => cluster.Kubectl.RunAsync(["get", "--raw", "/readyz", "--request-timeout=10s"])).GetAwaiter().GetResult();
            return (cluster, null);
        }
        catch (CliException e)
        {
            return (null, $"The cluster of {kubeconfig} does not answer. {e.Message}");
        }
    }
}
