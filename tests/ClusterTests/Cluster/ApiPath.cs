namespace ClusterTests.Cluster;

/// <summary>Where the API has the objects that tests ask for.</summary>
internal static class ApiPath
{
    public const string Namespaces = "/api/v1/namespaces";
    public const string Volumes = "/api/v1/persistentvolumes";

    /// <summary>Path of a kind of objects, such as <c>pods</c>, or of one of them, such as <c>pod/beat</c>.</summary>
    public static string Of(string name, string inNamespace)
    {
        var (kind, rest) = name.Split('/', 2) is [var first, var second] ? (first + "s", "/" + second) : (name, "");
        var group = kind switch
        {
            "pods" or "secrets" or "persistentvolumeclaims" => "/api/v1",
            "deployments" or "statefulsets" => "/apis/apps/v1",
            _ => throw new ArgumentException($"No test has asked for {kind} so far: say here where they are.", nameof(name)),
        };
        return $"{group}/namespaces/{inNamespace}/{kind}{rest}";
    }
}
