namespace ChartTests.Rendering;

/// <summary>How to render, beside the values.</summary>
/// <param name="Release">Name of the release.</param>
/// <param name="Namespace">Namespace of the release.</param>
/// <param name="KubeVersion">Version of Kubernetes that the chart sees; helm's own default when null.</param>
/// <param name="CiCase">File name of a case in the chart's <c>ci</c> folder that lies under the values.</param>
/// <param name="ApiVersions">More API versions that the chart sees, with commas between them.</param>
/// <param name="IsBare">Whether the values stand alone, without passwords under them.</param>
/// <param name="IsUpgrade">Whether the chart is told that the release is there already.</param>
public sealed record RenderOptions(
    string Release = "demo",
    string Namespace = "tasks",
    string? KubeVersion = null,
    string? CiCase = null,
    string? ApiVersions = null,
    bool IsBare = false,
    bool IsUpgrade = false)
{
    /// <summary>Arguments for helm that say the same, without files of values.</summary>
    public IEnumerable<string> Arguments(string chart)
    {
        List<string> arguments = ["template", Release, chart, "--namespace", Namespace, .. Environment];
        if (IsUpgrade)
        {
            arguments.Add("--is-upgrade");
        }

        return arguments;
    }

    /// <summary>The part that all cases of one batch must have in common.</summary>
    public IReadOnlyList<string> Environment =>
    [
        .. KubeVersion is null ? Array.Empty<string>() : ["--kube-version", KubeVersion],
        .. ApiVersions is null ? Array.Empty<string>() : ["--api-versions", ApiVersions],
    ];
}
