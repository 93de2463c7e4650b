namespace ClusterTests.Installation;

/// <summary>How much a release asks of the cluster.</summary>
public enum ReleaseSize
{
    /// <summary>Small requests and fast probes, so that several releases fit: see small-values.yaml.</summary>
    Small,

    /// <summary>The chart's own requests, limits and probes.</summary>
    Production,
}
